// Two processes lock two process-shared mutexes in opposite orders: each holds what the other waits
// for.
// expect: deadlock
// needs: preemptions 1
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t table;
  pthread_mutex_t index;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->table, &attributes);
  pthread_mutex_init(&shared->index, &attributes);

  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(&shared->table);
    pthread_mutex_lock(&shared->index);  // <- here
  } else {
    pthread_mutex_lock(&shared->index);
    pthread_mutex_lock(&shared->table);  // <- here
  }
  pthread_mutex_unlock(&shared->index);
  pthread_mutex_unlock(&shared->table);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
