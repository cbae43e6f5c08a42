// Each thread waits for the child that it has started.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <thread>

void run_child() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  pid_t ended = waitpid(child, nullptr, 0);
  assert(ended == child);
}

int main() {
  std::thread first(run_child);
  std::thread second(run_child);
  first.join();
  second.join();
}
