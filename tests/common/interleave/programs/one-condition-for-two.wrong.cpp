// A producer and two consumers of a buffer for one item wait at the same condition variable, and
// notify_one() wakes any of them. A consumer may wake the other consumer, who finds nothing; the
// producer sleeps on.
// expect: deadlock
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
bool full = false;

void put() {
  std::unique_lock guard(lock);
  while (full) changed.wait(guard);  // <- here
  full = true;
  changed.notify_one();
}

void take() {
  std::unique_lock guard(lock);
  while (!full) changed.wait(guard);  // <- here
  full = false;
  changed.notify_one();
}

int main() {
  std::thread first(take);
  std::thread second(take);
  put();
  put();
  first.join();
  second.join();
}
