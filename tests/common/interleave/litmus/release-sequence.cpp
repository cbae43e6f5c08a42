// What is added to a flag by a relaxed read-modify-write does not break the release sequence: who
// sees the sum sees the data.
// allowed: r0=0 r1=0 r2=0
// allowed: r0=0 r1=0 r2=1
// allowed: r0=0 r1=1 r2=1
// allowed: r0=0 r1=10 r2=0
// allowed: r0=0 r1=10 r2=1
// allowed: r0=1 r1=0 r2=0
// allowed: r0=1 r1=0 r2=1
// allowed: r0=1 r1=1 r2=1
// allowed: r0=1 r1=11 r2=1
// forbidden: r0=0 r1=1 r2=0
// forbidden: r0=1 r1=1 r2=0
// forbidden: r0=1 r1=11 r2=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r0, r1, r2;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    y.store(1, std::memory_order_release);
  });
  std::thread second([] { r0 = y.fetch_add(10, std::memory_order_relaxed); });
  r1 = y.load(std::memory_order_acquire);
  r2 = x.load(std::memory_order_relaxed);
  first.join();
  second.join();
  std::printf("r0=%d r1=%d r2=%d\n", r0, r1, r2);
}
