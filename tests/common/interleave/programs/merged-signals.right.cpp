// The handler waits for as many children as have ended.
// expect: nothing
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t ended = 0;

void reap(int) {
  while (waitpid(-1, nullptr, WNOHANG) > 0) ended = ended + 1;
}

int main() {
  struct sigaction action {};
  action.sa_handler = reap;
  sigaction(SIGCHLD, &action, nullptr);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  for (int child = 0; child < 2; ++child)
    if (fork() == 0) _exit(0);
  while (ended < 2) sigsuspend(&before);
}
