// A thread waits until a value changes, and sees the first new value or the last.
// preemptions: 3
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> value{0};

int main() {
  std::thread other([] {
    value.store(1);
    value.store(2);
    value.notify_one();
  });
  value.wait(0);
  int seen = value.load();
  other.join();
  std::printf("%d\n", seen);
}
