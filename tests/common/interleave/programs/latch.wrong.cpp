// The worker counts down when it begins to write its result. Misconception: the latch says that the
// worker is there. main takes it to say that the result is.
// expect: data-race
#include <latch>
#include <thread>

std::latch done(1);
int result = 0;

int main() {
  std::thread worker([] {
    done.count_down();
    result = 42;  // <- here
  });
  done.wait();
  int seen = result;  // <- here
  worker.join();
  return seen == 43;
}
