// The worker writes its result, and counts down afterwards: count_down() publishes, wait() sees.
// expect: nothing
#include <cassert>
#include <latch>
#include <thread>

std::latch done(1);
int result = 0;

int main() {
  std::thread worker([] {
    result = 42;
    done.count_down();
  });
  done.wait();
  assert(result == 42);
  worker.join();
}
