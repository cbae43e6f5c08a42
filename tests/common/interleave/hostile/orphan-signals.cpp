// An orphan sends a signal to who is its parent by then: the engine's own process.
// expect: nothing
// schedules: 5
#include <signal.h>
#include <unistd.h>

int main() {
  if (fork() == 0) {
    usleep(1000);
    kill(getppid(), SIGTERM);
    _exit(0);
  }
}
