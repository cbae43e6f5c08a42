// One thread writes x, a second one sees it and tells a third one by y, relaxed. Misconception: who
// hears of it must see it. A relaxed y brings nothing along.
// expect: crash
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};

int main() {
  std::thread writer([] { x.store(1, std::memory_order_relaxed); });
  std::thread messenger([] {
    if (x.load(std::memory_order_relaxed) == 1) y.store(1, std::memory_order_relaxed);
  });
  std::thread reader([] {
    if (y.load(std::memory_order_relaxed) == 0) return;
    int seen = x.load(std::memory_order_relaxed);
    assert(seen == 1);  // <- here
  });
  writer.join();
  messenger.join();
  reader.join();
}
