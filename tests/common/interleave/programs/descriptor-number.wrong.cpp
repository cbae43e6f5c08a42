// The parent opens a pipe and sends the number of its write end to the child. Misconception: the
// number is the file. It is an index into the table of one process.
// expect: crash
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    int fd = -1;
    recv(channel[0], &fd, sizeof fd, 0);
    ssize_t written = write(fd, "x", 1);
    assert(written == 1);  // <- here
    _exit(0);
  }
  int ends[2];
  if (pipe(ends) != 0) return 1;
  send(channel[1], &ends[1], sizeof(int), 0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
