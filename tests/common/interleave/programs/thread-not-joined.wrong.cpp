// A std::thread is neither joined nor detached before it is destroyed. Misconception: then it
// simply runs on. The destructor ends the whole program by std::terminate().
// expect: crash
#include <thread>

void start() {
  std::thread worker([] {});
}  // <- here

int main() { start(); }
