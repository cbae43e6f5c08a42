// Two threads add to one counter, and each holds the same mutex while it adds.
// expect: nothing
#include <cassert>
#include <mutex>
#include <thread>

std::mutex lock;
int counter = 0;

void add() {
  std::lock_guard guard(lock);
  ++counter;
}

int main() {
  std::thread first(add);
  std::thread second(add);
  first.join();
  second.join();
  assert(counter == 2);  // no lock needed: join() orders all that the threads did before this
}
