// expect: nothing
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

int* message;
volatile sig_atomic_t told = 0;

void tell(int) { told = *message; }

}  // namespace

int main() {
  message = static_cast<int*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &before);
  signal(SIGUSR1, tell);
  pid_t child = fork();
  if (child == 0) {
    *message = 42;
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  sigsuspend(&before);
  waitpid(child, nullptr, 0);
  return told == 42 ? 0 : 1;
}
