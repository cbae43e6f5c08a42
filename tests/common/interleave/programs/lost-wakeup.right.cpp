// The flag is set with the mutex held, so never between the waiter's look at it and its wait.
// expect: nothing
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable changed;
bool ready = false;

int main() {
  std::thread waiter([] {
    std::unique_lock guard(lock);
    while (!ready) changed.wait(guard);
  });
  {
    std::lock_guard guard(lock);
    ready = true;
  }
  changed.notify_one();
  waiter.join();
}
