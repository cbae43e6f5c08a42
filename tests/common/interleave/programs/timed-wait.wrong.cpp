// The waiter waits 10 ms at most and goes on, whether or not it was in time. Misconception: after
// wait_for() the condition holds. Here the worker sleeps longer than that.
// expect: crash
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
    changed.wait_for(guard, 10ms, [] { return ready; });
    assert(ready);  // <- here
  }
  worker.join();
}
