// Who of three locks the mutex first?
// preemptions: 3
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
  std::thread first(pass, 1);
  std::thread second(pass, 2);
  pass(3);
  first.join();
  second.join();
  std::printf("%d\n", order);
}
