// The parent waits: that is how it learns of the end, and how the zombie goes.
// expect: nothing
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  pid_t ended = waitpid(child, nullptr, 0);
  assert(ended == child);
}
