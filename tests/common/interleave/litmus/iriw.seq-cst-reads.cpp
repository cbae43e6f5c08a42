// Independent reads of independent writes. It suffices that the reads are sequentially consistent:
// one that sees a write comes in their order after one that does not.
// allowed: r1=0 r2=0 r3=0 r4=0
// allowed: r1=0 r2=0 r3=0 r4=1
// allowed: r1=0 r2=0 r3=1 r4=0
// allowed: r1=0 r2=0 r3=1 r4=1
// allowed: r1=0 r2=1 r3=0 r4=0
// allowed: r1=0 r2=1 r3=0 r4=1
// allowed: r1=0 r2=1 r3=1 r4=0
// allowed: r1=0 r2=1 r3=1 r4=1
// allowed: r1=1 r2=0 r3=0 r4=0
// allowed: r1=1 r2=0 r3=0 r4=1
// allowed: r1=1 r2=0 r3=1 r4=1
// allowed: r1=1 r2=1 r3=0 r4=0
// allowed: r1=1 r2=1 r3=0 r4=1
// allowed: r1=1 r2=1 r3=1 r4=0
// allowed: r1=1 r2=1 r3=1 r4=1
// forbidden: r1=1 r2=0 r3=1 r4=0
// preemptions: 2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2, r3, r4;

int main() {
  std::thread first([] { y.store(1, std::memory_order_relaxed); });
  std::thread second([] {
    r1 = x.load(std::memory_order_seq_cst);
    r2 = y.load(std::memory_order_seq_cst);
  });
  std::thread third([] {
    r3 = y.load(std::memory_order_seq_cst);
    r4 = x.load(std::memory_order_seq_cst);
  });
  x.store(1, std::memory_order_relaxed);
  first.join();
  second.join();
  third.join();
  std::printf("r1=%d r2=%d r3=%d r4=%d\n", r1, r2, r3, r4);
}
