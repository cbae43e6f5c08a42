// Taking a lock acquires, giving it back releases: that is where the names come from.
// expect: nothing
#include <sched.h>

#include <atomic>
#include <cassert>
#include <thread>

std::atomic_flag taken;
int counter = 0;

void add() {
  while (taken.test_and_set(std::memory_order_acquire)) sched_yield();
  ++counter;
  taken.clear(std::memory_order_release);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
}
