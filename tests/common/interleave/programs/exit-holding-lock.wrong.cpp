// A process returns early, with the process-shared mutex locked. Misconception: what a process
// holds is given back when it ends. That is true of descriptors and memory, not of this mutex.
// expect: wrong-result
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
    if (shared->jobs == 0) _exit(0);  // <- here
    --shared->jobs;
    pthread_mutex_unlock(&shared->lock);
    _exit(0);
  }
  int status = 0;
  waitpid(worker, &status, 0);
  return status != 0;
}
