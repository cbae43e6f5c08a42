// Change the value, then notify.
// expect: nothing
#include <atomic>
#include <cassert>
#include <thread>

std::atomic<int> ready{0};
int data = 0;

int main() {
  std::thread waiter([] {
    ready.wait(0);
    assert(data == 42);
  });
  data = 42;
  ready = 1;
  ready.notify_one();
  waiter.join();
}
