// Load buffering.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=1 r2=0
// forbidden: r1=1 r2=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2;

int main() {
  std::thread first([] {
    r1 = x.load(std::memory_order_acquire);
    y.store(1, std::memory_order_release);
  });
  r2 = y.load(std::memory_order_acquire);
  x.store(1, std::memory_order_release);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
