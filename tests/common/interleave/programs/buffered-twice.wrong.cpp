// A process writes into a buffered stream and forks. Misconception: what was written is out. It is
// in the buffer, of which the child has a copy, and exit() writes that out as well.
// expect: crash
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
  pid_t child = fork();
  if (child == 0) exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  fclose(stream);
  char text[16];
  ssize_t length = read(ends[0], text, sizeof text);
  assert(length == 4);  // <- here
  return status != 0;
}
