// The signal is blocked while main looks at the flag; sigsuspend() unblocks it and waits, in one
// step.
// expect: nothing
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t told = 0;

void tell(int) { told = 1; }

int main() {
  struct sigaction action {};
  action.sa_handler = tell;
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  while (!told) sigsuspend(&before);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
