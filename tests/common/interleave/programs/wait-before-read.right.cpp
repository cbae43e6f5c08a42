// The parent reads to the end of file, and waits for its child afterwards.
// expect: nothing
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  fcntl(ends[1], F_SETPIPE_SZ, 4096);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    char page[4096] = {};
    for (int pages = 0; pages < 2; ++pages)
      if (write(ends[1], page, sizeof page) != sizeof page) _exit(1);
    _exit(0);
  }
  close(ends[1]);  // or our own read() would see no end of file
  char buffer[4096];
  while (read(ends[0], buffer, sizeof buffer) > 0) {
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
