// The flag is atomic, so it is set without the mutex. Misconception: the mutex is there for the
// flag alone. It also closes the gap between "the flag is not set" and "I wait", into which the
// notification falls here.
// expect: deadlock
// needs: preemptions 1
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
std::atomic<bool> ready{false};

int main() {
  std::thread waiter([] {
    std::unique_lock guard(lock);
    while (!ready) changed.wait(guard);  // <- here
  });
  ready = true;
  changed.notify_one();  // nobody may be waiting yet, and a notification is not kept
  waiter.join();
}
