// A barrier without a round number: who waits looks whether the count is back at 0. Misconception:
// everybody sees that before the next round begins. A quick thread arrives again first, and both
// wait for ever.
// expect: deadlock
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
int arrived = 0;

void arrive_and_wait() {
  std::unique_lock guard(lock);
  if (++arrived == 2) {
    arrived = 0;
    changed.notify_all();
    return;
  }
  while (arrived != 0) changed.wait(guard);  // <- here
}

void work() {
  for (int round = 0; round < 2; ++round) arrive_and_wait();
}

int main() {
  std::thread first(work);
  std::thread second(work);
  first.join();
  second.join();
}
