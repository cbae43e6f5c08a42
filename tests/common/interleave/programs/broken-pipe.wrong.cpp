// The reader has read enough and closes the pipe while the writer still writes. Misconception:
// write() returns an error then. Before it does, SIGPIPE ends the process.
// expect: crash
// needs: preemptions 1
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    close(ends[0]);  // or we would be a reader ourselves
    for (int bytes = 0; bytes < 2; ++bytes)
      if (write(ends[1], "x", 1) != 1)  // <- here
        break;
    _exit(0);
  }
  close(ends[1]);
  char byte;
  if (read(ends[0], &byte, 1) != 1) return 1;
  close(ends[0]);
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
