// A thread releases stage 1, another one stores stage 2, relaxed. Misconception: whoever acquires
// the later stage has the earlier one too. The plain store starts anew, and what was released is
// lost.
// expect: data-race
#include <atomic>
#include <thread>

int data = 0;
std::atomic<int> stage{0};

int main() {
  std::thread first([] {
    data = 42;  // <- here
    stage.store(1, std::memory_order_release);
  });
  std::thread second([] {
    if (stage.load(std::memory_order_relaxed) == 1) stage.store(2, std::memory_order_relaxed);
  });
  std::thread third([] {
    if (stage.load(std::memory_order_acquire) != 2) return;
    int seen = data;  // <- here
    static_cast<void>(seen);
  });
  first.join();
  second.join();
  third.join();
}
