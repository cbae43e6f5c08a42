// The consumer is to wait until the producer has written, but the semaphore starts at 1: the first
// sem_wait() goes straight through. Misconception: a semaphore always starts at 1, like a mutex.
// expect: data-race
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  sem_t written;
  int data;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->written, /*pshared=*/1, /*value=*/1);
  pid_t producer = fork();
  if (producer == 0) {
    shared->data = 42;  // <- here
    sem_post(&shared->written);
    _exit(0);
  }
  sem_wait(&shared->written);
  int answer = shared->data;  // <- here
  int status = 0;
  waitpid(producer, &status, 0);
  return status != 0 || answer == 43;
}
