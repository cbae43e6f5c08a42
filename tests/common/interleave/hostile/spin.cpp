// A loop without a call and without an end.
// expect: livelock: .*uses the processor without end
#include <thread>

int never = 0;

int main() {
  std::thread other([] {});
  while (never == 0) {
  }
  other.join();
}
