// A sleep may be there, but a semaphore orders. (Under virtual time the sleep costs nothing.)
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  sem_t written;
  int result;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->written, /*pshared=*/1, /*value=*/0);
  pid_t child = fork();
  if (child == 0) {
    usleep(10'000);
    shared->result = 42;
    sem_post(&shared->written);
    _exit(0);
  }
  sem_wait(&shared->written);
  assert(shared->result == 42);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
