// With seq_cst there is one order of all writes, and both readers see it.
// expect: nothing
// options: --weak-memory on
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> x{0};
std::atomic<int> y{0};
int first_saw[2];   // x, then y
int second_saw[2];  // y, then x

int main() {
  std::thread write_x([] { x.store(1, std::memory_order_seq_cst); });
  std::thread write_y([] { y.store(1, std::memory_order_seq_cst); });
  std::thread first_reader([] {
    first_saw[0] = x.load(std::memory_order_seq_cst);
    first_saw[1] = y.load(std::memory_order_seq_cst);
  });
  std::thread second_reader([] {
    second_saw[0] = y.load(std::memory_order_seq_cst);
    second_saw[1] = x.load(std::memory_order_seq_cst);
  });
  for (std::thread* thread : {&write_x, &write_y, &first_reader, &second_reader}) thread->join();
  bool first_says_x_came_first = first_saw[0] == 1 && first_saw[1] == 0;
  bool second_says_y_came_first = second_saw[0] == 1 && second_saw[1] == 0;
  assert(!(first_says_x_came_first && second_says_y_came_first));
}
