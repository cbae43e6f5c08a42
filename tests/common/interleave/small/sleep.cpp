// Time passes only when nobody can do anything else.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> steps{0};

int main() {
  std::thread other([] {
    ++steps;
    usleep(2000);
    ++steps;
  });
  int first = steps.load();
  usleep(1000);
  int second = steps.load();
  other.join();
  std::printf("%d %d\n", first, second);
}
