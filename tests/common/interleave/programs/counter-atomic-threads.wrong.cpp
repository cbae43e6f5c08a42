// Two threads add to an atomic counter by a load and a store. Misconception: atomic parts make an
// atomic whole. Between the load and the store the other thread may add, and that addition is
// overwritten.
// expect: crash
// needs: preemptions 1
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> counter{0};

void add() {
  int seen = counter.load();
  counter.store(seen + 1);
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);  // <- here
}
