// Only one of the two threads puts a fence between its store and its load. Misconception: a fence
// pushes my store out to everybody, so one is enough. A fence orders only against the fence of the
// other.
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
    x.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    seen_y = y.load(std::memory_order_relaxed);
  });
  std::thread second([] {
    y.store(1, std::memory_order_relaxed);
    seen_x = x.load(std::memory_order_relaxed);
  });
  first.join();
  second.join();
  assert(seen_y == 1 || seen_x == 1);  // <- here
}
