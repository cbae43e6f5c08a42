// An eventfd hands out two permits to two processes. Misconception: each read() takes one. Without
// EFD_SEMAPHORE the first read() takes all there is, and the second waits for ever.
// expect: deadlock
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int permits = eventfd(2, 0);
  pid_t child = fork();
  eventfd_t taken;
  eventfd_read(permits, &taken);  // <- here
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
