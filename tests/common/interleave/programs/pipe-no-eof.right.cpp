// The reader closes its copy of the write end first, so that the parent's close is the last one.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t reader = fork();
  if (reader == 0) {
    close(ends[1]);  // or read() below would wait for ourselves
    char byte;
    int bytes = 0;
    while (read(ends[0], &byte, 1) > 0) ++bytes;
    _exit(bytes == 1 ? 0 : 1);
  }
  close(ends[0]);
  if (write(ends[1], "x", 1) != 1) return 1;
  close(ends[1]);
  int status = 0;
  waitpid(reader, &status, 0);
  return status != 0;
}
