// Where waiters wait for different things at one condition variable, all are woken: each looks for
// itself whether it is meant.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t lock;
  pthread_cond_t turned;
  int turn;
};

void take_turn(Shared* shared, int mine) {
  pthread_mutex_lock(&shared->lock);
  while (shared->turn != mine) pthread_cond_wait(&shared->turned, &shared->lock);
  ++shared->turn;
  pthread_cond_broadcast(&shared->turned);
  pthread_mutex_unlock(&shared->lock);
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t mutex_attributes;
  pthread_mutexattr_init(&mutex_attributes);
  pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &mutex_attributes);
  pthread_condattr_t cond_attributes;
  pthread_condattr_init(&cond_attributes);
  pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&shared->turned, &cond_attributes);

  for (int turn = 1; turn <= 2; ++turn)
    if (fork() == 0) {
      take_turn(shared, turn);
      _exit(0);
    }
  take_turn(shared, 0);  // the parent's is the first turn
  int status = 0;
  int failures = 0;
  while (wait(&status) > 0) failures += status != 0;
  return failures;
}
