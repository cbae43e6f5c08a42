// The result of a jthread is read while the jthread still exists. Misconception: a jthread is
// joined when it is needed. It is joined when it is destroyed, at the end of its scope.
// expect: data-race
#include <thread>

int main() {
  int result = 0;
  std::jthread worker([&result] {
    result = 42;  // <- here
  });
  return result == 43;  // <- here
}
