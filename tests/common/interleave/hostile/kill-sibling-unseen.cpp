// A child ends another past the engine: their parent finds it, or the turn goes to who is gone.
// expect: (nothing|crash: .*SIGKILL)
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  pid_t victim = fork();
  if (victim == 0) {
    for (int i = 0; i < 5; ++i) usleep(1);
    _exit(0);
  }
  usleep(2);
  if (fork() == 0) {
    syscall(SYS_kill, victim, SIGKILL);
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
}
