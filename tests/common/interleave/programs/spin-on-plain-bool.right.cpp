// The same with an atomic bool: each load is a real one, and the store will be seen.
// expect: nothing
#include <sched.h>

#include <atomic>
#include <thread>

std::atomic<bool> stop{false};

int main() {
  std::thread worker([] {
    while (!stop) sched_yield();
  });
  stop = true;
  worker.join();
}
