// Three philosophers take the fork with the lower number first. Along a cycle the numbers would
// have to rise for ever, so there is none.
// expect: nothing
#include <algorithm>
#include <mutex>
#include <thread>

std::mutex fork_at[3];

void dine(int seat) {
  int left = seat;
  int right = (seat + 1) % 3;
  std::lock_guard lower(fork_at[std::min(left, right)]);
  std::lock_guard higher(fork_at[std::max(left, right)]);
}

int main() {
  std::thread first(dine, 0);
  std::thread second(dine, 1);
  std::thread third(dine, 2);
  first.join();
  second.join();
  third.join();
}
