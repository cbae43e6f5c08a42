// A read-modify-write, even a relaxed one, hands on what was released before it.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

int data = 0;
std::atomic<int> stage{0};

int main() {
  std::thread first([] {
    data = 42;
    stage.store(1, std::memory_order_release);
  });
  std::thread second([] {
    int expected = 1;
    stage.compare_exchange_strong(expected, 2, std::memory_order_relaxed);
  });
  std::thread third([] {
    if (stage.load(std::memory_order_acquire) != 2) return;
    int seen = data;
    assert(seen == 42);
  });
  first.join();
  second.join();
  third.join();
}
