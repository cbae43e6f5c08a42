// Additions are atomic: none of them is lost.
// allowed: r1=0 r2=1 x=2
// allowed: r1=1 r2=0 x=2
// forbidden: r1=0 r2=0 x=1
// forbidden: r1=1 r2=1 x=2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
int r1, r2;

int main() {
  std::thread first([] { r1 = x.fetch_add(1, std::memory_order_relaxed); });
  r2 = x.fetch_add(1, std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d x=%d\n", r1, r2, x.load());
}
