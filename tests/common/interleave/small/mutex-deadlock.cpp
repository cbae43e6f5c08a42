// Two mutexes in opposite orders: both get through, or none.
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex a, b;

int main() {
  std::thread other([] {
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  {
    std::lock_guard first(a);
    std::lock_guard second(b);
  }
  other.join();
  std::printf("done\n");
}
