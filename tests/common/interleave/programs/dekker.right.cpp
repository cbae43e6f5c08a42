// Dekker's lock, seq_cst: if both raise their flags, at least one sees it, and the turn says who
// gives way.
// expect: nothing
// options: --weak-memory on
#include <sched.h>

#include <atomic>
#include <cassert>
#include <thread>

std::atomic<bool> wants[2];
std::atomic<int> turn{0};
int counter = 0;

void add(int me) {
  int other = 1 - me;
  wants[me] = true;
  while (wants[other]) {
    if (turn == me) continue;  // the other will give way
    wants[me] = false;
    while (turn != me) sched_yield();
    wants[me] = true;
  }
  ++counter;
  turn = other;
  wants[me] = false;
}

int main() {
  std::thread first(add, 0);
  std::thread second(add, 1);
  first.join();
  second.join();
  assert(counter == 2);
}
