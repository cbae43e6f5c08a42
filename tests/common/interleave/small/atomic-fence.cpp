// A fence, and a write that is sequentially consistent: which of them comes first matters.
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0}, y{0}, z{0};

int main() {
  std::thread other([] {
    x.store(1);
    y.store(1, std::memory_order_relaxed);
  });
  std::atomic_thread_fence(std::memory_order_seq_cst);
  int first = y.load(std::memory_order_relaxed);
  int second = x.load(std::memory_order_relaxed);
  other.join();
  std::printf("%d %d\n", first, second);
}
