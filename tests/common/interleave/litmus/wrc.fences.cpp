// Write, read, causality by fences.
// allowed: r1=0 r2=0 r3=0
// allowed: r1=0 r2=0 r3=1
// allowed: r1=0 r2=1 r3=0
// allowed: r1=0 r2=1 r3=1
// allowed: r1=1 r2=0 r3=0
// allowed: r1=1 r2=0 r3=1
// allowed: r1=1 r2=1 r3=1
// forbidden: r1=1 r2=1 r3=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2, r3;

int main() {
  std::thread first([] { x.store(1, std::memory_order_relaxed); });
  std::thread second([] {
    r1 = x.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acq_rel);
    y.store(1, std::memory_order_relaxed);
  });
  r2 = y.load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acq_rel);
  r3 = x.load(std::memory_order_relaxed);
  first.join();
  second.join();
  std::printf("r1=%d r2=%d r3=%d\n", r1, r2, r3);
}
