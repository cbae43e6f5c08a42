// More atomics than the engine can remember the values of.
// expect: error: .*more atomic objects
#include <atomic>
#include <thread>

std::atomic<int> atomics[2000];

int main() {
  std::thread other([] {});
  for (std::atomic<int>& atomic : atomics) atomic.store(1);
  other.join();
}
