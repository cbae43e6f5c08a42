// Two promises, one after the other in the same memory. What is once done for the first is done
// for the second as well.
// expect: nothing
#include <future>
#include <thread>

static int ask(int number) {
  std::promise<int> promise;
  std::future<int> answer = promise.get_future();
  std::thread other([&] { promise.set_value(number); });
  const int got = answer.get();
  other.join();
  return got;
}

int main() { return ask(1) == 1 && ask(2) == 2 ? 0 : 1; }
