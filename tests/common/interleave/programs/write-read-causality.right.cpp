// The messenger releases y and the reader acquires it: what the messenger has seen of x, the reader
// sees too.
// expect: nothing
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};

int main() {
  std::thread writer([] { x.store(1, std::memory_order_relaxed); });
  std::thread messenger([] {
    if (x.load(std::memory_order_relaxed) == 1) y.store(1, std::memory_order_release);
  });
  std::thread reader([] {
    if (y.load(std::memory_order_acquire) == 0) return;
    int seen = x.load(std::memory_order_relaxed);
    assert(seen == 1);
  });
  writer.join();
  messenger.join();
  reader.join();
}
