// POLLHUP comes unasked, and is the end of the input.
// expect: nothing
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
  close(ends[1]);
  int bytes = 0;
  for (;;) {
    pollfd input{ends[0], POLLIN, 0};
    poll(&input, 1, -1);
    char byte;
    if ((input.revents & POLLIN) && read(ends[0], &byte, 1) == 1)
      ++bytes;
    else if (input.revents & POLLHUP)
      break;  // only when nothing is left to be read
  }
  int status = 0;
  waitpid(writer, &status, 0);
  return bytes != 1 || status != 0;
}
