// A condition variable for each condition: "not full" wakes a producer, "not empty" wakes a
// consumer.
// expect: nothing
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable not_full;
std::condition_variable not_empty;
bool full = false;

void put() {
  std::unique_lock guard(lock);
  while (full) not_full.wait(guard);
  full = true;
  not_empty.notify_one();
}

void take() {
  std::unique_lock guard(lock);
  while (!full) not_empty.wait(guard);
  full = false;
  not_full.notify_one();
}

int main() {
  std::thread first(take);
  std::thread second(take);
  put();
  put();
  first.join();
  second.join();
}
