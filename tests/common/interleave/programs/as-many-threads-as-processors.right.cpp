// A thread for each processor: the same number wherever this is explored.
// expect: nothing
#include <atomic>
#include <thread>
#include <vector>

int main() {
  std::atomic<unsigned> count{0};
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
    threads.emplace_back([&] { ++count; });
  }
  threads.clear();
  return count == 2 ? 0 : 1;
}
