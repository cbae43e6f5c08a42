// One of two initialises a static variable.
#include <cstdio>
#include <thread>

int value(int who) {
  static int first = who;
  return first;
}

int main() {
  int seen = 0;
  std::thread other([&] { seen = value(1); });
  int here = value(2);
  other.join();
  std::printf("%d %d\n", here, seen);
}
