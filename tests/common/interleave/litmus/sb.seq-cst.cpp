// Store buffering. All four stand in one order, and whichever write is the later one is followed by
// a read that sees the earlier.
// allowed: r1=0 r2=1
// allowed: r1=1 r2=0
// allowed: r1=1 r2=1
// forbidden: r1=0 r2=0
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1, r2;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_seq_cst);
    r1 = y.load(std::memory_order_seq_cst);
  });
  y.store(1, std::memory_order_seq_cst);
  r2 = x.load(std::memory_order_seq_cst);
  first.join();
  std::printf("r1=%d r2=%d\n", r1, r2);
}
