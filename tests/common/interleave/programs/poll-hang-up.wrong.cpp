// The reader polls and looks for POLLIN only. Misconception: poll() waits until there is something
// to read. When the last writer has gone it returns at once with POLLHUP, again and again.
// expect: livelock
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) _exit(0);
  close(ends[1]);
  for (;;) {
    pollfd input{ends[0], POLLIN, 0};
    poll(&input, 1, -1);  // <- here
    char byte;
    if ((input.revents & POLLIN) && read(ends[0], &byte, 1) == 0) break;
  }
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
