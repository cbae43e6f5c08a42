// The scope of the jthread ends before its result is read.
// expect: nothing
#include <cassert>
#include <thread>

int main() {
  int result = 0;
  {
    std::jthread worker([&result] { result = 42; });
  }
  assert(result == 42);
}
