// Even relaxed, one variable never goes back: who has seen its new value does not see an older one
// later.
// expect: nothing
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> version{0};

int main() {
  std::thread writer([] {
    version.store(1, std::memory_order_relaxed);
    version.store(2, std::memory_order_relaxed);
  });
  std::thread reader([] {
    int earlier = version.load(std::memory_order_relaxed);
    int later = version.load(std::memory_order_relaxed);
    assert(earlier <= later);
  });
  writer.join();
  reader.join();
}
