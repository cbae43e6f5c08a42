// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (fork() == 0) {
    close(ends[1]);
    char c;
    while (read(ends[0], &c, 1) > 0) {
    }
    _exit(0);
  }
  close(ends[0]);
  if (write(ends[1], "x", 1) != 1) return 1;
  close(ends[1]);
  wait(NULL);
  return 0;
}
