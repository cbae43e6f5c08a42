// The signal is blocked before it can come; then it stays pending until it is read from the
// descriptor.
// expect: nothing
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  int fd = signalfd(-1, &signals, 0);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  signalfd_siginfo signal;
  bool complete = read(fd, &signal, sizeof signal) == sizeof signal;
  int status = 0;
  waitpid(child, &status, 0);
  return !complete || signal.ssi_signo != SIGUSR1 || status != 0;
}
