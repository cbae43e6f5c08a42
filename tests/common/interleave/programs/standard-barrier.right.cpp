// Who leaves says so: arrive_and_drop() makes the barrier wait for one less.
// expect: nothing
#include <barrier>
#include <thread>

std::barrier round_end(2);

void work(int rounds) {
  for (int round = 0; round < rounds; ++round) round_end.arrive_and_wait();
  round_end.arrive_and_drop();
}

int main() {
  std::thread first(work, 0);
  std::thread second(work, 1);
  first.join();
  second.join();
}
