// A thread spins on a plain bool until main sets it. Misconception: it will see the new value some
// day. It is a data race, and a compiler may read the bool once and spin for ever.
// expect: data-race
#include <sched.h>

#include <thread>

bool stop = false;

int main() {
  std::thread worker([] {
    while (!stop)  // <- here
      sched_yield();
  });
  stop = true;  // <- here
  worker.join();
}
