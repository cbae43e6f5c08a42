// Coherence of a write and a read: what is read is not older than what was written before.
// allowed: r1=1 x=1
// allowed: r1=1 x=2
// allowed: r1=2 x=2
// forbidden: r1=0 x=1
// forbidden: r1=0 x=2
// forbidden: r1=2 x=1
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
int r1;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_relaxed);
    r1 = x.load(std::memory_order_relaxed);
  });
  x.store(2, std::memory_order_relaxed);
  first.join();
  std::printf("r1=%d x=%d\n", r1, x.load());
}
