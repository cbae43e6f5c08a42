// A thread overwrites the second of two writes by an exchange: that reads as well, and so takes up
// what was released.
// allowed: r0=0 r1=0 y=1
// allowed: r0=0 r1=1 y=1
// allowed: r0=1 r1=1 y=2
// forbidden: r0=1 r1=0 y=2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r0, r1;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    y.store(1, std::memory_order_release);
  });
  r0 = y.exchange(2, std::memory_order_acq_rel);
  r1 = x.load(std::memory_order_relaxed);
  first.join();
  std::printf("r0=%d r1=%d y=%d\n", r0, r1, y.load());
}
