// A process descriptor is readable when its process has ended; then waitpid() returns at once.
// expect: nothing
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  int descriptor = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
  pollfd process{descriptor, POLLIN, 0};
  poll(&process, 1, -1);
  int status = 0;
  pid_t ended = waitpid(child, &status, WNOHANG);
  assert(ended == child);
  close(descriptor);
  return status != 0;
}
