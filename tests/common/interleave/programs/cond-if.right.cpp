// Two consumers wait with `while`: whoever wakes looks again, and waits again if there is nothing
// for him.
// expect: nothing
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable not_empty;
int items = 0;

void consume() {
  std::unique_lock guard(lock);
  while (items == 0) not_empty.wait(guard);
  assert(items > 0);
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
