// A process forks while another of its threads may hold a mutex. Misconception: the child is a copy
// of all of it. It has a copy of the locked mutex, but not of the thread that would unlock it.
// expect: deadlock
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex lock;
int counter = 0;

void add() {
  std::lock_guard guard(lock);  // <- here
  ++counter;
}

int main() {
  std::thread other(add);
  pid_t child = fork();
  if (child == 0) {
    add();
    _exit(0);
  }
  other.join();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
