// expect: nothing
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int* message;
}  // namespace

int main() {
  message = static_cast<int*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  int signals = signalfd(-1, &set, 0);
  pid_t child = fork();
  if (child == 0) {
    *message = 42;
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  signalfd_siginfo information;
  if (read(signals, &information, sizeof information) < 0) return 1;
  const int told = *message;
  waitpid(child, nullptr, 0);
  return told == 42 ? 0 : 1;
}
