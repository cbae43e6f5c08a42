// A barrier with a round number: who waits, waits for his own round to end, whatever the next one
// is doing.
// expect: nothing
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
int arrived = 0;
int current_round = 0;

void arrive_and_wait() {
  std::unique_lock guard(lock);
  if (++arrived == 2) {
    arrived = 0;
    ++current_round;
    changed.notify_all();
    return;
  }
  int mine = current_round;
  while (current_round == mine) changed.wait(guard);
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
