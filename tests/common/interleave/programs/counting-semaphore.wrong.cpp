// There is one counter to be had, and the semaphore lets in two. Misconception: a semaphore starts
// at the number of its users. It starts at the number of things there are.
// expect: data-race
// needs: preemptions 1
#include <semaphore>
#include <thread>

std::counting_semaphore<2> free_counters(2);
int counter = 0;

void add() {
  free_counters.acquire();
  ++counter;  // <- here
  free_counters.release();
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}
