// The mutex is unlocked before the process ends, on every way out.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t lock;
  int jobs;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &attributes);

  pid_t worker = fork();
  if (worker == 0) {
    pthread_mutex_lock(&shared->lock);
    if (shared->jobs > 0) --shared->jobs;
    pthread_mutex_unlock(&shared->lock);
    _exit(0);
  }
  pthread_mutex_lock(&shared->lock);
  ++shared->jobs;
  pthread_mutex_unlock(&shared->lock);
  int status = 0;
  waitpid(worker, &status, 0);
  return status != 0;
}
