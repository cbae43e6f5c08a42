// The pointer is checked before the lock is taken, to save the lock. Misconception: a pointer is
// either null or usable. Unlocked, the check races with the assignment, and may see the pointer
// before the object.
// expect: data-race
#include <mutex>
#include <thread>

struct Config {
  int port;
};

std::mutex lock;
Config* config = nullptr;

int port() {
  if (config == nullptr) {  // <- here
    std::lock_guard guard(lock);
    if (config == nullptr) config = new Config{8080};  // <- here
  }
  return config->port;
}

int main() {
  std::thread first(port);
  std::thread second(port);
  first.join();
  second.join();
  delete config;
}
