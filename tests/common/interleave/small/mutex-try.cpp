// Is the mutex free?
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex mutex;

int main() {
  std::thread other([] { std::lock_guard hold(mutex); });
  bool free = mutex.try_lock();
  if (free) mutex.unlock();
  other.join();
  std::printf("%d\n", free);
}
