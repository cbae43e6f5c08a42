// Store buffering, where the writes are exchanges that acquire and release: they are in no order
// with a read of something else.
// allowed: r1=0 r2=1
// allowed: r1=1 r2=0
// allowed: r1=1 r2=1
// allowed by weak memory: r1=0 r2=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r0, r1, r2, r3;

int main() {
  std::thread first([] {
    r0 = x.exchange(1, std::memory_order_acq_rel);
    r1 = y.load(std::memory_order_acquire);
  });
  r3 = y.exchange(1, std::memory_order_acq_rel);
  r2 = x.load(std::memory_order_acquire);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
