// Nobody can be ended by a signal that he can hold off.
// expect: deadlock:
// schedules: 5
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  char byte;
  if (fork() == 0) read(ends[0], &byte, 1);
  wait(nullptr);
}
