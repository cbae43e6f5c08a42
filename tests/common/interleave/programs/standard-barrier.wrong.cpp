// Two workers meet at a barrier after each round, and one of them has only one round to do.
// Misconception: who has left is not waited for.
// expect: deadlock
#include <barrier>
#include <thread>

std::barrier round_end(2);

void work(int rounds) {
  for (int round = 0; round < rounds; ++round) round_end.arrive_and_wait();  // <- here
}

int main() {
  std::thread first(work, 1);
  std::thread second(work, 2);
  first.join();
  second.join();
}
