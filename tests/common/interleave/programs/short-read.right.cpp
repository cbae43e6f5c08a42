// The reader reads on until the message is complete.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cstring>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    bool written = write(ends[1], "ab", 2) == 2 && write(ends[1], "cd", 2) == 2;
    _exit(written ? 0 : 1);
  }
  char message[4];
  for (size_t done = 0; done < 4;) {
    ssize_t count = read(ends[0], message + done, 4 - done);
    if (count <= 0) return 1;
    done += static_cast<size_t>(count);
  }
  assert(memcmp(message, "abcd", 4) == 0);
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
