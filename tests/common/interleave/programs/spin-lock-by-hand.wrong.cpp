// A spin lock made of an atomic_flag, given back by a relaxed clear(). Misconception: giving back
// publishes nothing. What was written under the lock need not be seen by the next one who takes it.
// expect: data-race
#include <sched.h>

#include <atomic>
#include <thread>

std::atomic_flag taken;
int counter = 0;

void add() {
  while (taken.test_and_set(std::memory_order_acquire)) sched_yield();
  ++counter;  // <- here
  taken.clear(std::memory_order_relaxed);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}
