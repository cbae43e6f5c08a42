// A child ends another, by a call that the engine knows.
// expect: nothing
// schedules: 20
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  pid_t victim = fork();
  if (victim == 0) {
    while (true) pause();
  }
  if (fork() == 0) {
    kill(victim, SIGKILL);
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
}
