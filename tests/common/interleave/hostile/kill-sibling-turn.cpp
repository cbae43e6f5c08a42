// A child ends another past the engine, and nobody waits for that: the turn goes to who is gone.
// expect: crash: .*SIGKILL
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int main() {
  pid_t victim = fork();
  if (victim == 0) {
    sleep(5);
    _exit(0);
  }
  sleep(1);
  syscall(SYS_kill, victim, SIGKILL);
  sleep(10);
}
