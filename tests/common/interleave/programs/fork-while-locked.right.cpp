// The process forks while it has one thread only.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex lock;
int counter = 0;

void add() {
  std::lock_guard guard(lock);
  ++counter;
}

int main() {
  pid_t child = fork();
  if (child == 0) {
    add();
    _exit(0);
  }
  std::thread other(add);
  other.join();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || counter != 1;
}
