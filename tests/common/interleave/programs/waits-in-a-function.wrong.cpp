// Two threads wait for each other's semaphore, both in the same line: each semaphore is called what
// the function's callers call it.
// expect: deadlock
#include <pthread.h>
#include <semaphore.h>

static sem_t ours, theirs;

static void take(sem_t& semaphore) { sem_wait(&semaphore); }

static void* other(void*) {
  take(theirs);  // <- here
  sem_post(&ours);
  return nullptr;
}

int main() {
  sem_init(&ours, 0, 0);
  sem_init(&theirs, 0, 0);
  pthread_t thread;
  pthread_create(&thread, nullptr, other, nullptr);
  take(ours);  // <- here
  sem_post(&theirs);
  pthread_join(thread, nullptr);
}
