// A signal is to be read from a signalfd, and is not blocked. Misconception: the descriptor takes
// the signal over. Unblocked, it does what it always does: this one ends the process.
// expect: crash
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  int fd = signalfd(-1, &signals, 0);
  raise(SIGUSR1);  // <- here
  signalfd_siginfo signal;
  return read(fd, &signal, sizeof signal) != sizeof signal;
}
