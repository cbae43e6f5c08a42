// The waiter asks whether it was in time. One second is longer than the worker sleeps, and nothing
// hangs on it.
// expect: nothing
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

std::mutex lock;
std::condition_variable changed;
bool ready = false;

int main() {
  std::thread worker([] {
    std::this_thread::sleep_for(50ms);
    std::lock_guard guard(lock);
    ready = true;
    changed.notify_one();
  });
  {
    std::unique_lock guard(lock);
    bool in_time = changed.wait_for(guard, 1s, [] { return ready; });
    if (in_time) assert(ready);
  }
  worker.join();
}
