// One process adds with the spin lock held, the other reads without it. Misconception: reading
// changes nothing, so it needs no lock.
// expect: data-race
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
    shared->balance += 10;  // <- here
    pthread_spin_unlock(&shared->lock);
    _exit(0);
  }
  int seen = shared->balance;  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || seen > 10;
}
