// All that main reads is written before the promise is kept.
// expect: nothing
#include <cassert>
#include <future>
#include <thread>

int steps_taken = 0;

int main() {
  std::promise<int> promise;
  std::future<int> answer = promise.get_future();
  std::thread worker([&promise] {
    steps_taken = 7;
    promise.set_value(42);
  });
  assert(answer.get() == 42 && steps_taken == 7);
  worker.join();
}
