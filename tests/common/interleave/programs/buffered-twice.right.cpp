// The buffer is flushed before fork(). (And a child that only ends should do so by _exit().)
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>
#include <cstdlib>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  FILE* stream = fdopen(ends[1], "w");
  fputs("once", stream);
  fflush(stream);
  pid_t child = fork();
  if (child == 0) exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  fclose(stream);
  char text[16];
  ssize_t length = read(ends[0], text, sizeof text);
  assert(length == 4);
  return status != 0;
}
