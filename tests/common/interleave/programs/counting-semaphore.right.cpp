// One counter, one user at a time: a binary semaphore that starts at 1.
// expect: nothing
#include <cassert>
#include <semaphore>
#include <thread>

std::binary_semaphore free_counters(1);
int counter = 0;

void add() {
  free_counters.acquire();
  ++counter;
  free_counters.release();
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);
}
