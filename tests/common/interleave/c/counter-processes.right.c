// expect: nothing
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  atomic_long* counter =
      mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t child = fork();
  ++*counter;
  if (child == 0) _exit(0);
  waitpid(child, NULL, 0);
  return *counter == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
