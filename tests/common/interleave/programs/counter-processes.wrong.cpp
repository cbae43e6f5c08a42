// Two processes add to one counter in shared memory without a lock. Misconception: only threads
// race.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  pid_t child = fork();
  ++*counter;  // <- here
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
