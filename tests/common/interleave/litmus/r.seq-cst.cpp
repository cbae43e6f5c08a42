// A thread overwrites the second of two writes, and then reads the first.
// allowed: r1=0 y=1
// allowed: r1=1 y=1
// allowed: r1=1 y=2
// forbidden: r1=0 y=2
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int r1;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_seq_cst);
    y.store(1, std::memory_order_seq_cst);
  });
  y.store(2, std::memory_order_seq_cst);
  r1 = x.load(std::memory_order_seq_cst);
  first.join();
  std::printf("r1=%d y=%d\n", r1, y.load());
}
