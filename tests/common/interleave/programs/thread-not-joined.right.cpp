// The thread is joined before its object goes out of scope.
// expect: nothing
#include <thread>

void run() {
  std::thread worker([] {});
  worker.join();
}

int main() { run(); }
