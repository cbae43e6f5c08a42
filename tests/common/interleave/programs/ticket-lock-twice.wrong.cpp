// A ticket lock whose tickets are drawn by an atomic load and an atomic store. Two threads may draw
// the same ticket; when the first has been served, the number of the second never comes up again.
// expect: livelock
// needs: preemptions 1
#include <sched.h>

#include <atomic>
#include <thread>

std::atomic<unsigned> next_ticket{0};
std::atomic<unsigned> now_serving{0};

void pass() {
  unsigned ticket = next_ticket.load();
  next_ticket.store(ticket + 1);
  while (now_serving.load() != ticket)  // <- here
    sched_yield();                      // <- here
  now_serving.store(ticket + 1);
}

int main() {
  std::thread first(pass);
  std::thread second(pass);
  first.join();
  second.join();
}
