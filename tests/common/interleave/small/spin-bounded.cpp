// How often does it look in vain?
#include <atomic>
#include <cstdio>
#include <thread>

std::atomic<bool> ready{false};

int main() {
  std::thread other([] { ready.store(true); });
  int tries = 0;
  while (tries < 3 && !ready.load()) ++tries;
  other.join();
  std::printf("%d\n", tries);
}
