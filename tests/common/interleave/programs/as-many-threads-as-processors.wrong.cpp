// A thread for each processor, and one count for all of them: it takes two to see what is wrong.
// expect: data-race
#include <thread>
#include <vector>

int main() {
  unsigned count = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
      threads.emplace_back([&] { ++count; });  // <- here
    }
  }
  return count == 2 ? 0 : 1;
}
