// With EFD_SEMAPHORE each read takes one.
// expect: nothing
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int permits = eventfd(2, EFD_SEMAPHORE);
  pid_t child = fork();
  eventfd_t taken = 0;
  int error = eventfd_read(permits, &taken);
  bool one = error == 0 && taken == 1;
  if (child == 0) _exit(one ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return !one || status != 0;
}
