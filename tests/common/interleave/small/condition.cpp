// A condition with its predicate: is there anything to wait for?
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex mutex;
std::condition_variable changed;
bool ready = false;

int main() {
  std::thread other([] {
    std::lock_guard hold(mutex);
    ready = true;
    changed.notify_one();
  });
  int waits = 0;
  {
    std::unique_lock hold(mutex);
    while (!ready) {
      ++waits;
      changed.wait(hold);
    }
  }
  other.join();
  std::printf("%d\n", waits);
}
