// Who yields lets the others go first, and whoever that is may take its time.
#include <sched.h>

#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> steps{0};

int main() {
  std::thread other([] {
    ++steps;
    ++steps;
  });
  int first = steps.load();
  sched_yield();
  int second = steps.load();
  other.join();
  std::printf("%d %d\n", first, second);
}
