// Dekker's lock with release and acquire: both threads may raise their flags and both see the
// other's down.
// expect: data-race
// options: --weak-memory on
#include <sched.h>

#include <atomic>
#include <thread>

std::atomic<bool> wants[2];
std::atomic<int> turn{0};
int counter = 0;

void add(int me) {
  int other = 1 - me;
  wants[me].store(true, std::memory_order_release);
  while (wants[other].load(std::memory_order_acquire)) {
    if (turn.load(std::memory_order_acquire) == me) continue;  // the other will give way
    wants[me].store(false, std::memory_order_release);
    while (turn.load(std::memory_order_acquire) != me) sched_yield();
    wants[me].store(true, std::memory_order_release);
  }
  ++counter;  // <- here
  turn.store(other, std::memory_order_release);
  wants[me].store(false, std::memory_order_release);
}

int main() {
  std::thread first(add, 0);
  std::thread second(add, 1);
  first.join();
  second.join();
}
