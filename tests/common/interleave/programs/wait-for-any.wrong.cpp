// Two threads start a child each and wait(). Misconception: wait() waits for one's own child. It
// takes any child of the process, also the other thread's.
// expect: crash
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <thread>

void run_child() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  pid_t ended = wait(nullptr);
  assert(ended == child);  // <- here
}

int main() {
  std::thread first(run_child);
  std::thread second(run_child);
  first.join();
  second.join();
}
