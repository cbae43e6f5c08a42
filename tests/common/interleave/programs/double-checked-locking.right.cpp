// The pointer is atomic: released when the object is complete, acquired by the check without the
// lock.
// expect: nothing
#include <atomic>
#include <cassert>
#include <mutex>
#include <thread>

struct Config {
  int port;
};

std::mutex lock;
std::atomic<Config*> config{nullptr};

int port() {
  Config* seen = config.load(std::memory_order_acquire);
  if (seen == nullptr) {
    std::lock_guard guard(lock);
    seen = config.load(std::memory_order_relaxed);  // the lock orders this one
    if (seen == nullptr) {
      seen = new Config{8080};
      config.store(seen, std::memory_order_release);
    }
  }
  return seen->port;
}

int main() {
  std::thread first([] { assert(port() == 8080); });
  std::thread second([] { assert(port() == 8080); });
  first.join();
  second.join();
  delete config.load();
}
