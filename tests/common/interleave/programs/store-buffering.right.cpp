// With seq_cst all four operations stand in one order that everybody agrees on, so the later of the
// two stores is followed by a load that sees the earlier one.
// expect: nothing
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int seen_y = 0;
int seen_x = 0;

int main() {
  std::thread first([] {
    x.store(1, std::memory_order_seq_cst);
    seen_y = y.load(std::memory_order_seq_cst);
  });
  std::thread second([] {
    y.store(1, std::memory_order_seq_cst);
    seen_x = x.load(std::memory_order_seq_cst);
  });
  first.join();
  second.join();
  assert(seen_y == 1 || seen_x == 1);
}
