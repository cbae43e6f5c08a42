// The look and the wait are under one lock: pthread_cond_wait() unlocks and waits in one step.
// expect: nothing
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
  pthread_mutexattr_t mutex_attributes;
  pthread_mutexattr_init(&mutex_attributes);
  pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &mutex_attributes);
  pthread_condattr_t cond_attributes;
  pthread_condattr_init(&cond_attributes);
  pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&shared->changed, &cond_attributes);

  pid_t child = fork();
  pthread_mutex_lock(&shared->lock);
  if (child == 0) {
    shared->ready = true;
    pthread_cond_signal(&shared->changed);
  } else {
    while (!shared->ready) pthread_cond_wait(&shared->changed, &shared->lock);
  }
  pthread_mutex_unlock(&shared->lock);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
