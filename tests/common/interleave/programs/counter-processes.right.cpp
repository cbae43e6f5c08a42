// Two processes add to one counter in shared memory. The mutex lies there too, and is
// process-shared.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  pthread_mutex_t lock;
  int counter;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &attributes);  // before fork: once, and both see it

  pid_t child = fork();
  pthread_mutex_lock(&shared->lock);
  ++shared->counter;
  pthread_mutex_unlock(&shared->lock);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(shared->counter == 2);  // no lock needed: waitpid() orders all that the child did before
  return status != 0;
}
