// The waiter waits without looking at anything. Misconception: a condition variable remembers a
// notification, as a semaphore does. If the notification came first, the waiter waits for ever.
// expect: deadlock
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable started;

int main() {
  std::thread waiter([] {
    std::unique_lock guard(lock);
    started.wait(guard);  // <- here
  });
  {
    std::lock_guard guard(lock);
    started.notify_one();
  }
  waiter.join();
}
