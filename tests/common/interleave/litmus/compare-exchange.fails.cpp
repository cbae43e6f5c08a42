// A compare-exchange that fails is a read, and as such may see an older value. The engine leaves
// that out: there, it always looks at the newest one.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=1 r2=1
// allowed, but left out: r1=1 r2=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    y.store(1, std::memory_order_relaxed);
  });
  r1 = y.load(std::memory_order_relaxed);
  int expected = 1;
  r2 = x.compare_exchange_strong(expected, 2, std::memory_order_relaxed) ? 1 : 0;
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
