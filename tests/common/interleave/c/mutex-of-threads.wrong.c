// expect: wrong-mechanism
// What <threads.h> offers is for the threads of one process.
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

int main(void) {
  mtx_t* mutex =
      mmap(NULL, sizeof *mutex, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  mtx_init(mutex, mtx_plain);
  pid_t child = fork();
  mtx_lock(mutex);  // <- here
  mtx_unlock(mutex);
  if (child == 0) _exit(0);
  waitpid(child, NULL, 0);
  return 0;
}
