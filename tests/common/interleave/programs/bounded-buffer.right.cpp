// The consumer waits for an item first, and takes the lock when there is one.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  sem_t lock;
  sem_t items;
  int buffer;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->lock, /*pshared=*/1, /*value=*/1);
  sem_init(&shared->items, /*pshared=*/1, /*value=*/0);
  pid_t producer = fork();
  if (producer == 0) {
    sem_wait(&shared->lock);
    shared->buffer = 42;
    sem_post(&shared->lock);
    sem_post(&shared->items);
    _exit(0);
  }
  sem_wait(&shared->items);
  sem_wait(&shared->lock);
  bool right_item = shared->buffer == 42;
  sem_post(&shared->lock);
  int status = 0;
  waitpid(producer, &status, 0);
  return status != 0 || !right_item;
}
