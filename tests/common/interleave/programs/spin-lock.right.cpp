// Reader and writer take the same process-shared spin lock.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>

struct Shared {
  pthread_spinlock_t lock;
  int balance;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_spin_init(&shared->lock, PTHREAD_PROCESS_SHARED);
  pid_t child = fork();
  if (child == 0) {
    pthread_spin_lock(&shared->lock);
    shared->balance += 10;
    pthread_spin_unlock(&shared->lock);
    _exit(0);
  }
  pthread_spin_lock(&shared->lock);
  int seen = shared->balance;
  pthread_spin_unlock(&shared->lock);
  assert(seen == 0 || seen == 10);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
