// As its right twin; but the writer keeps a read end itself, so that nobody tells it that the
// reader has left: it fills the pipe, and waits.
// expect: deadlock
#include <sys/wait.h>
#include <unistd.h>

extern "C" int interleave_program_yes(int, char**) {
  char lines[4096] = {};
  while (write(STDOUT_FILENO, lines, sizeof lines) > 0) {  // <- here
  }
  return 1;
}

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execlp("yes", "yes", nullptr);
    _exit(127);
  }
  close(ends[1]);
  char line[2];
  if (read(ends[0], line, sizeof line) != 2) return 1;
  close(ends[0]);
  waitpid(writer, nullptr, 0);  // <- here
}
