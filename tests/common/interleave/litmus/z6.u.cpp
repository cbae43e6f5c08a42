// A sequentially consistent read need not see a write of that kind that it is ordered behind by a
// relaxed write only. The engine leaves that out: there, the one order of all such operations is
// that in which they are done. Lahav et al. 2017, "Repairing Sequential Consistency in C/C++11".
// allowed: r1=0 r2=1 r3=0
// allowed: r1=0 r2=1 r3=1
// allowed: r1=0 r2=3 r3=0
// allowed: r1=0 r2=3 r3=1
// allowed: r1=1 r2=2 r3=0
// allowed: r1=1 r2=2 r3=1
// allowed: r1=1 r2=3 r3=1
// allowed: r1=3 r2=1 r3=0
// allowed: r1=3 r2=1 r3=1
// allowed: r1=3 r2=4 r3=0
// allowed: r1=3 r2=4 r3=1
// allowed, but left out: r1=1 r2=3 r3=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2, r3;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_seq_cst);
    y.store(1, std::memory_order_release);
  });
  std::thread second([] {
    r1 = y.fetch_add(1, std::memory_order_seq_cst);
    r2 = y.load(std::memory_order_relaxed);
  });
  y.store(3, std::memory_order_relaxed);
  r3 = x.load(std::memory_order_seq_cst);
  first.join();
  second.join();
  std::printf("r1=%d r2=%d r3=%d\n", r1, r2, r3);
}
