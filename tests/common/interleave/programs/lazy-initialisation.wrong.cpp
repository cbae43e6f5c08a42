// The answer is computed by whoever comes first. Misconception: an int that is either 0 or right
// needs no order, since at worst it is computed twice.
// expect: data-race
#include <thread>

int answer = 0;

int get_answer() {
  if (answer == 0)  // <- here
    answer = 42;    // <- here
  return answer;
}

int main() {
  std::thread first(get_answer);
  std::thread second(get_answer);
  first.join();
  second.join();
}
