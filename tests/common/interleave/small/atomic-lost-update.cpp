// Two threads read and then write: an addition can be lost.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> counter{0};

void add() { counter.store(counter.load() + 1); }

int main() {
  std::thread other(add);
  add();
  other.join();
  std::printf("%d\n", counter.load());
}
