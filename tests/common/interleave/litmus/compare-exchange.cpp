// One of two threads wins.
// allowed: r1=0 r2=1 x=2
// allowed: r1=1 r2=0 x=1
// forbidden: r1=0 r2=0 x=0
// forbidden: r1=1 r2=1 x=1
// forbidden: r1=1 r2=1 x=2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
int r1, r2;

int main() {
  std::thread first([] {
    int expected = 0;
    r1 = x.compare_exchange_strong(expected, 1, std::memory_order_relaxed) ? 1 : 0;
  });
  int expected = 0;
  r2 = x.compare_exchange_strong(expected, 2, std::memory_order_relaxed) ? 1 : 0;
  first.join();
  std::printf("r1=%d r2=%d x=%d\n", r1, r2, x.load());
}
