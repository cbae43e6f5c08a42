// Reads that may see older values, of two variables.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0}, y{0};

int main() {
  std::thread other([] {
    x.store(1, std::memory_order_relaxed);
    y.store(1, std::memory_order_relaxed);
    x.store(2, std::memory_order_relaxed);
  });
  int first = y.load(std::memory_order_relaxed);
  int second = x.load(std::memory_order_relaxed);
  int third = x.load(std::memory_order_relaxed);
  other.join();
  std::printf("%d %d %d\n", first, second, third);
}
