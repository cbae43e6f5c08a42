// Two threads write: a race, or not, as the flag has it.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> flag{0};
int value = 0;

int main() {
  std::thread other([] {
    value = 1;
    flag.store(1, std::memory_order_release);
  });
  int seen = flag.load(std::memory_order_acquire);
  if (seen == 1) value = 2;
  if (flag.load(std::memory_order_relaxed) == 1 && seen == 0) value = 3;
  other.join();
  std::printf("%d %d\n", seen, value);
}
