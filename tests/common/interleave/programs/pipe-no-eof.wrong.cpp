// The child reads until end of file. It never comes: the child itself still has the write end open.
// Misconception: the pipe ends when the writer closes it. It ends when the last copy of the write
// end is closed.
// expect: deadlock
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t reader = fork();
  if (reader == 0) {
    char byte;
    while (read(ends[0], &byte, 1) > 0) {  // <- here
    }
    _exit(0);
  }
  close(ends[0]);
  if (write(ends[1], "x", 1) != 1) return 1;
  close(ends[1]);
  int status = 0;
  waitpid(reader, &status, 0);
  return status != 0;
}
