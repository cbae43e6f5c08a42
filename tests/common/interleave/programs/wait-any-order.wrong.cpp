// The parent starts two children and takes the first wait() to be for the first child.
// Misconception: children end in the order in which they were started.
// expect: crash
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  pid_t first = fork();
  if (first == 0) _exit(0);
  pid_t second = fork();
  if (second == 0) _exit(0);
  pid_t ended = wait(nullptr);
  assert(ended == first);  // <- here
  waitpid(second, nullptr, 0);
}
