// The program itself becomes another, while one of its threads waits.
// expect: nothing
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex mutex;

int main() {
  mutex.lock();
  std::thread other([] { mutex.lock(); });
  execl("/bin/true", "true", nullptr);
  return 1;
}
