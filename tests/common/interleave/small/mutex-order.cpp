// Who locks the mutex first?
#include <cstdio>
#include <mutex>
#include <thread>

std::mutex mutex;
int order = 0;

void pass(int who) {
  std::lock_guard hold(mutex);
  order = order * 10 + who;
}

int main() {
  std::thread other(pass, 1);
  pass(2);
  other.join();
  std::printf("%d\n", order);
}
