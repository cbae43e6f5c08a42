// The semaphore counts what is there to be taken. At first there is nothing: it starts at 0.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  sem_t written;
  int data;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->written, /*pshared=*/1, /*value=*/0);
  pid_t producer = fork();
  if (producer == 0) {
    shared->data = 42;
    sem_post(&shared->written);
    _exit(0);
  }
  sem_wait(&shared->written);
  assert(shared->data == 42);
  int status = 0;
  waitpid(producer, &status, 0);
  return status != 0;
}
