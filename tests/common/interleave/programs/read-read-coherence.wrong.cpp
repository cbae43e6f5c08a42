// What holds for one relaxed variable does not hold for two: the reader may see the second one new
// and then the first one old, though they were written in the other order.
// expect: crash
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> minor{0};
std::atomic<int> major{0};

int main() {
  std::thread writer([] {
    minor.store(1, std::memory_order_relaxed);
    major.store(1, std::memory_order_relaxed);
  });
  std::thread reader([] {
    int seen_major = major.load(std::memory_order_relaxed);
    int seen_minor = minor.load(std::memory_order_relaxed);
    assert(seen_major <= seen_minor);  // <- here
  });
  writer.join();
  reader.join();
}
