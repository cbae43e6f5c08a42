// More mutexes than the engine can tell apart.
// expect: error: .*more locks, atomics and the like
#include <mutex>

std::mutex mutexes[5000];

int main() {
  for (std::mutex& mutex : mutexes) {
    mutex.lock();
    mutex.unlock();
  }
}
