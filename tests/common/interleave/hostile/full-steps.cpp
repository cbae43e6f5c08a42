// More steps than a run may have.
// expect: livelock: .*so many steps
#include <atomic>
#include <thread>

std::atomic<int> counter{0};

int main() {
  std::thread other([] {});
  for (int i = 0; i < 100'000; ++i) ++counter;
  other.join();
}
