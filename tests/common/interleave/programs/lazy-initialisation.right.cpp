// The language has it: a static local variable is initialised by the first who comes, and the
// others wait.
// expect: nothing
#include <cassert>
#include <thread>

int compute() { return 42; }

int get_answer() {
  static const int answer = compute();
  return answer;
}

int main() {
  std::thread first([] { assert(get_answer() == 42); });
  std::thread second([] { assert(get_answer() == 42); });
  first.join();
  second.join();
}
