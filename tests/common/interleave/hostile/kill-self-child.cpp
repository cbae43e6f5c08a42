// A child ends itself past the engine, while its parent waits for it.
// expect: crash: .*SIGKILL
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  pid_t child = fork();
  if (child == 0) syscall(SYS_kill, getpid(), SIGKILL);
  waitpid(child, nullptr, 0);
}
