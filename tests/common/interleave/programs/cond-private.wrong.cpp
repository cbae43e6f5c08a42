// The mutex is process-shared, the condition variable is not. Misconception: the mutex is enough.
// The waiter sleeps on a futex of its own process, where the other process's signal does not
// arrive.
// expect: wrong-mechanism
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &attributes);
  pthread_cond_init(&shared->changed, nullptr);

  pid_t child = fork();
  pthread_mutex_lock(&shared->lock);
  if (child == 0) {
    while (!shared->ready) pthread_cond_wait(&shared->changed, &shared->lock);  // <- here
  } else {
    shared->ready = true;
    pthread_cond_signal(&shared->changed);  // <- here
  }
  pthread_mutex_unlock(&shared->lock);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
