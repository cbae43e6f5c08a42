// A handler writes a byte into a pipe, which main reads where it likes, with all locks at its
// disposal.
// expect: nothing
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

int self[2];

void tell(int) {
  int saved = errno;  // the interrupted code may be about to look at it
  [[maybe_unused]] ssize_t written = write(self[1], "s", 1);
  errno = saved;
}

int main() {
  if (pipe(self) != 0) return 1;
  struct sigaction action {};
  action.sa_handler = tell;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  char byte;
  if (read(self[0], &byte, 1) != 1) return 1;
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
