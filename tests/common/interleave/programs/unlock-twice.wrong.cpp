// On the early way out the mutex is unlocked twice. Misconception: once too often does no harm. The
// second time the mutex may already belong to the other process.
// expect: wrong-result
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t lock;
  int stock;
};

void take_one(Shared* shared) {
  pthread_mutex_lock(&shared->lock);
  if (shared->stock == 0)
    pthread_mutex_unlock(&shared->lock);
  else
    --shared->stock;
  pthread_mutex_unlock(&shared->lock);  // <- here
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &attributes);
  shared->stock = 1;

  pid_t child = fork();
  take_one(shared);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
