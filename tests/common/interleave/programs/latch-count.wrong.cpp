// The latch waits for three, and there are two workers. Misconception: main counts too, by waiting.
// expect: deadlock
#include <latch>
#include <thread>

std::latch done(3);

int main() {
  std::thread first([] { done.count_down(); });
  std::thread second([] { done.count_down(); });
  done.wait();  // <- here
  first.join();
  second.join();
}
