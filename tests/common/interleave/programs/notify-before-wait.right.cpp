// A variable remembers what happened, the condition variable only says "look again".
// expect: nothing
#include <condition_variable>
#include <mutex>
#include <thread>

std::mutex lock;
std::condition_variable started;
bool has_started = false;

int main() {
  std::thread waiter([] {
    std::unique_lock guard(lock);
    started.wait(guard, [] { return has_started; });
  });
  {
    std::lock_guard guard(lock);
    has_started = true;
    started.notify_one();
  }
  waiter.join();
}
