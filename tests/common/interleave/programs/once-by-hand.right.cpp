// std::call_once elects one, and makes the others wait until he is done.
// expect: nothing
#include <cassert>
#include <mutex>
#include <thread>

std::once_flag once;
int table = 0;

void use_table() {
  std::call_once(once, [] { table = 42; });
  assert(table == 42);
}

int main() {
  std::thread first(use_table);
  std::thread second(use_table);
  first.join();
  second.join();
}
