// main looks at a flag that a handler sets, and calls pause(). Misconception: the signal comes
// during pause(). If it comes between the look and the call, pause() waits for another one, which
// does not come.
// expect: deadlock
// needs: preemptions 1
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t told = 0;

void tell(int) { told = 1; }

int main() {
  struct sigaction action {};
  action.sa_handler = tell;
  sigaction(SIGUSR1, &action, nullptr);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  while (!told) pause();  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
