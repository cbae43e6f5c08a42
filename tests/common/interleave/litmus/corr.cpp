// Coherence of two reads: who has read a newer value reads no older one.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=0 r2=2
// allowed: r1=1 r2=1
// allowed: r1=1 r2=2
// allowed: r1=2 r2=2
// forbidden: r1=1 r2=0
// forbidden: r1=2 r2=0
// forbidden: r1=2 r2=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
int r1, r2;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    x.store(2, std::memory_order_relaxed);
  });
  r1 = x.load(std::memory_order_relaxed);
  r2 = x.load(std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
