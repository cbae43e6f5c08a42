// Each thread raises its flag and then looks at the other's. Misconception: with release and
// acquire at least one of them sees the other. A store may still be on its way while a later load
// is already done.
// expect: crash
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
    x.store(1, std::memory_order_release);
    seen_y = y.load(std::memory_order_acquire);
  });
  std::thread second([] {
    y.store(1, std::memory_order_release);
    seen_x = x.load(std::memory_order_acquire);
  });
  first.join();
  second.join();
  assert(seen_y == 1 || seen_x == 1);  // <- here
}
