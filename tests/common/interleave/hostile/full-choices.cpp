// More choices than a run may have.
// expect: error: .*more choices
#include <atomic>
#include <thread>

std::atomic<int> counter{0};

void count() {
  for (int i = 0; i < 20'000; ++i) ++counter;
}

int main() {
  std::thread first(count);
  std::thread second(count);
  count();
  first.join();
  second.join();
}
