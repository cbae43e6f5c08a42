// A ticket lock whose tickets are drawn by fetch_add: no two are the same, and all come up in turn.
// expect: nothing
#include <sched.h>

#include <atomic>
#include <cassert>
#include <thread>

std::atomic<unsigned> next_ticket{0};
std::atomic<unsigned> now_serving{0};
int counter = 0;

void add() {
  unsigned ticket = next_ticket.fetch_add(1, std::memory_order_relaxed);
  while (now_serving.load(std::memory_order_acquire) != ticket) sched_yield();
  ++counter;
  now_serving.store(ticket + 1, std::memory_order_release);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
}
