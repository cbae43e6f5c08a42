// Two threads add to one counter without a lock. Misconception: `++` is a single step. It is a
// load, an addition and a store, so one of the two additions can be lost.
// expect: data-race
#include <thread>

int counter = 0;

void add() {
  ++counter;  // <- here
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
}
