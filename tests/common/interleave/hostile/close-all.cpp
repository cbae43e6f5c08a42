// Closes all descriptors that are not its own.
// expect: nothing
// schedules: 5
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex mutex;

int main() {
  close_range(3, ~0U, 0);
  std::thread other([] { std::lock_guard hold(mutex); });
  mutex.lock();
  mutex.unlock();
  other.join();
}
