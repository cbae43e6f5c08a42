// Two consumers wait with `if`. Misconception: whoever returns from wait() finds what he was woken
// for. Before he has the mutex again another consumer may have taken the item; and wait() may wake
// for no reason.
// expect: crash
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable not_empty;
int items = 0;

void consume() {
  std::unique_lock guard(lock);
  if (items == 0) not_empty.wait(guard);
  assert(items > 0);  // <- here
  --items;
}

void produce() {
  {
    std::lock_guard guard(lock);
    ++items;
  }
  not_empty.notify_one();
}

int main() {
  std::thread first(consume);
  std::thread second(consume);
  produce();
  produce();
  first.join();
  second.join();
}
