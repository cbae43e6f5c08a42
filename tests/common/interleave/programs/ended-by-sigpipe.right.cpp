// Who writes into a pipe that nobody reads any more is ended by SIGPIPE: that is how `yes | head`
// comes to its end, and its status says so. The writer is a program of its own.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

extern "C" int interleave_program_yes(int, char**) {
  while (write(STDOUT_FILENO, "y\n", 2) == 2) {
  }
  return 1;
}

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execlp("yes", "yes", nullptr);
    _exit(127);
  }
  close(ends[1]);
  char line[2];
  if (read(ends[0], line, sizeof line) != 2) return 1;
  close(ends[0]);
  int status = 0;
  waitpid(writer, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE ? 0 : 1;
}
