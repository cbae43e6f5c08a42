// Three exchanges: who sees whom?
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<int> last{0};
int before[4];

void pass(int who) { before[who] = last.exchange(who); }

int main() {
  std::thread first(pass, 1);
  std::thread second(pass, 2);
  pass(3);
  first.join();
  second.join();
  std::printf("%d %d %d\n", before[1], before[2], before[3]);
}
