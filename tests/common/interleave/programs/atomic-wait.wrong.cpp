// A thread waits by std::atomic::wait for the value to change, and main changes it without
// notifying. Misconception: wait() watches the value. It may sleep until somebody notifies.
// expect: deadlock
#include <atomic>
#include <thread>

std::atomic<int> ready{0};

int main() {
  std::thread waiter([] {
    ready.wait(0);  // <- here
  });
  ready = 1;
  waiter.join();
}
