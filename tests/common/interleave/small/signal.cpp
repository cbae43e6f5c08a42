// When does the signal come?
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

volatile sig_atomic_t caught = 0;

int main() {
  signal(SIGUSR1, [](int) { caught = 1; });
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  write(ends[1], "a", 1);
  int first = caught;
  write(ends[1], "b", 1);
  int second = caught;
  while (wait(nullptr) < 0 && errno == EINTR) {
  }
  std::printf("%d %d\n", first, second);
}
