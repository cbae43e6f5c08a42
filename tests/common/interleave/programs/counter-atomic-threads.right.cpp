// Two threads add to an atomic counter by fetch_add: load, addition and store are one step. Relaxed
// is enough, because nothing else is published by the counter.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> counter{0};

void add() { counter.fetch_add(1, std::memory_order_relaxed); }

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
}
