// Exchanges are atomic: one of two comes first, and the other sees it.
// allowed: r1=0 r2=1 x=2
// allowed: r1=2 r2=0 x=1
// forbidden: r1=0 r2=0 x=1
// forbidden: r1=0 r2=0 x=2
// forbidden: r1=2 r2=1 x=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
int r1, r2;

int main() {
  std::thread first([] { r1 = x.exchange(1, std::memory_order_relaxed); });
  r2 = x.exchange(2, std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d x=%d\n", r1, r2, x.load());
}
