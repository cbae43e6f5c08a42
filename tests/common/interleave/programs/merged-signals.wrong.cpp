// The handler of SIGCHLD waits for one child per signal. Misconception: each child that ends is one
// signal. While one is pending a second one is not kept.
// expect: deadlock
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t ended = 0;

void reap(int) {
  if (waitpid(-1, nullptr, WNOHANG) > 0) ended = ended + 1;
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
  while (ended < 2) sigsuspend(&before);  // <- here
}
