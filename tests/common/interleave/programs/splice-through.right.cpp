// A process in the middle passes on what comes, without a buffer of its own, until the end.
// expect: nothing
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) return 1;
  if (fork() == 0) {
    close(in[1]);
    close(out[0]);
    while (splice(in[0], nullptr, out[1], nullptr, 4096, 0) > 0) {
    }
    _exit(0);
  }
  close(in[0]);
  close(out[1]);
  if (write(in[1], "ab", 2) != 2) return 1;
  close(in[1]);
  int count = 0;
  char c;
  while (read(out[0], &c, 1) == 1) ++count;
  wait(nullptr);
  return count == 2 ? 0 : 1;
}
