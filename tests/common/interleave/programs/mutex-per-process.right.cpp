// A semaphore in the shared memory itself: one object, seen by both processes.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  sem_t free;
  int counter;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->free, /*pshared=*/1, /*value=*/1);  // 1: the first who comes goes in
  pid_t child = fork();
  sem_wait(&shared->free);
  ++shared->counter;
  sem_post(&shared->free);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(shared->counter == 2);
  return status != 0;
}
