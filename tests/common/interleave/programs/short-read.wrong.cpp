// The reader takes one read() to return the whole message. Misconception: a read() belongs to a
// write(). A pipe is a stream of bytes, and read() returns what is there.
// expect: crash
// needs: preemptions 1
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    bool written = write(ends[1], "ab", 2) == 2 && write(ends[1], "cd", 2) == 2;
    _exit(written ? 0 : 1);
  }
  char message[4];
  ssize_t count = read(ends[0], message, 4);
  assert(count == 4);  // <- here
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
