// main joins and reads the result afterwards: join() waits for the thread, and orders what it
// wrote.
// expect: nothing
#include <cassert>
#include <thread>

int result = 0;

int main() {
  std::thread worker([] { result = 42; });
  worker.join();
  assert(result == 42);
}
