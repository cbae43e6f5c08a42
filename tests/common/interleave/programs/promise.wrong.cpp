// The worker keeps its promise and goes on to write the statistics, which main reads.
// Misconception: when the future is ready, the worker is done. Only what was written before
// set_value() is ordered.
// expect: data-race
#include <future>
#include <thread>

int steps_taken = 0;

int main() {
  std::promise<int> promise;
  std::future<int> answer = promise.get_future();
  std::thread worker([&promise] {
    promise.set_value(42);
    steps_taken = 7;  // <- here
  });
  int sum = answer.get();
  sum += steps_taken;  // <- here
  worker.join();
  return sum == 0;
}
