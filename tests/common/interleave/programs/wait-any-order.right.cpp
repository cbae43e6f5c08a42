// Who wants the first child asks for the first child. The second stays a zombie until it is waited
// for.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  pid_t first = fork();
  if (first == 0) _exit(0);
  pid_t second = fork();
  if (second == 0) _exit(0);
  pid_t ended = waitpid(first, nullptr, 0);
  assert(ended == first);
  ended = waitpid(second, nullptr, 0);
  assert(ended == second);
}
