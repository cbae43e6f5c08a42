// Two fences, and what is seen behind them.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0}, y{0};
int seen;

int main() {
  std::thread other([] {
    x.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    seen = y.load(std::memory_order_relaxed);
  });
  y.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  int first = x.load(std::memory_order_relaxed);
  other.join();
  std::printf("%d %d\n", first, seen);
}
