// A mutex in shared memory, initialised without attributes, is used by two processes.
// Misconception: where it lies makes it shared. Without PTHREAD_PROCESS_SHARED a waiter in one
// process is not woken by the other.
// expect: wrong-mechanism
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  pthread_mutex_t lock;
  int counter;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutex_init(&shared->lock, nullptr);
  pid_t child = fork();
  pthread_mutex_lock(&shared->lock);  // <- here
  ++shared->counter;
  pthread_mutex_unlock(&shared->lock);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
