// main reads the result and joins afterwards. Misconception: a thread that was started earlier is
// done earlier.
// expect: data-race
#include <thread>

int result = 0;

int main() {
  std::thread worker([] {
    result = 42;  // <- here
  });
  int answer = result;  // <- here
  worker.join();
  return answer == 43;
}
