// Three philosophers take the left fork, then the right one. No two of them take the same two forks
// in opposite orders, and yet the three together make a cycle.
// expect: deadlock
// needs: preemptions 2
#include <mutex>
#include <thread>

std::mutex fork_at[3];

void dine(int seat) {
  std::lock_guard left(fork_at[seat]);
  std::lock_guard right(fork_at[(seat + 1) % 3]);  // <- here
}

int main() {
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
