// A semaphore in shared memory, initialised with pshared 0, is used by two processes.
// expect: wrong-mechanism
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  sem_t free;
  int counter;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->free, /*pshared=*/0, /*value=*/1);
  pid_t child = fork();
  sem_wait(&shared->free);  // <- here
  ++shared->counter;
  sem_post(&shared->free);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
