// Message passing: a thread writes data and then a flag; who sees the flag need not see the data.
// allowed: r1=0 r2=0
// allowed: r1=0 r2=1
// allowed: r1=1 r2=1
// allowed by weak memory: r1=1 r2=0
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
  r2 = x.load(std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
