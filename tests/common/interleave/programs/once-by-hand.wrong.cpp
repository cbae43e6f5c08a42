// An atomic exchange elects the thread that initialises. Misconception: who is not elected may go
// on. What he needs is being written while he reads it.
// expect: data-race
#include <atomic>
#include <thread>

std::atomic<bool> begun{false};
int table = 0;

void use_table() {
  if (!begun.exchange(true)) table = 42;  // <- here
  int seen = table;                       // <- here
  static_cast<void>(seen);
}

int main() {
  std::thread first(use_table);
  std::thread second(use_table);
  first.join();
  second.join();
}
