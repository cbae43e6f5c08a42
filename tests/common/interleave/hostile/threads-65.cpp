// One thread more than there can be.
// expect: error: .*more threads than 64
#include <thread>
#include <vector>

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) threads.emplace_back([] {});
  for (std::thread& thread : threads) thread.join();
}
