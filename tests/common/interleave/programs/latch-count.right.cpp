// The latch counts those who count down; whoever only waits is not among them.
// expect: nothing
#include <latch>
#include <thread>

std::latch done(2);

int main() {
  std::thread first([] { done.count_down(); });
  std::thread second([] { done.count_down(); });
  done.wait();
  first.join();
  second.join();
}
