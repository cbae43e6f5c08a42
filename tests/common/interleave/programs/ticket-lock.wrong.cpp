// A ticket lock whose tickets are drawn from a plain counter. Misconception: the lock protects it.
// It is used before the lock is held, so two threads may draw the same ticket.
// expect: data-race
#include <sched.h>

#include <atomic>
#include <thread>

unsigned next_ticket = 0;
std::atomic<unsigned> now_serving{0};
int counter = 0;

void add() {
  unsigned ticket = next_ticket++;  // <- here
  while (now_serving.load(std::memory_order_acquire) != ticket) sched_yield();
  ++counter;
  now_serving.store(ticket + 1, std::memory_order_release);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}
