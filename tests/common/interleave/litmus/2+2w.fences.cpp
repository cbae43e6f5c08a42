// Two threads write two variables in opposite orders, with fences.
// allowed: x=1 y=2
// allowed: x=2 y=1
// allowed: x=2 y=2
// forbidden: x=1 y=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    y.store(2, std::memory_order_relaxed);
  });
  y.store(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  x.store(2, std::memory_order_relaxed);
  first.join();
  std::printf("x=%d y=%d\n", x.load(), y.load());
}
