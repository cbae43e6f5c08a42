// As many threads as there can be.
// expect: nothing
// schedules: 5
#include <thread>
#include <vector>

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 63; ++i) threads.emplace_back([] {});
  for (std::thread& thread : threads) thread.join();
}
