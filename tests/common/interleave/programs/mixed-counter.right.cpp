// A process-shared mutex keeps apart threads and processes alike.
// expect: nothing
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <new>
#include <thread>

struct Shared {
  pthread_mutex_t lock;
  int counter;
};

void add(Shared* shared) {
  pthread_mutex_lock(&shared->lock);
  ++shared->counter;
  pthread_mutex_unlock(&shared->lock);
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->lock, &attributes);
  pid_t child = fork();
  if (child == 0) {
    add(shared);
    _exit(0);
  }
  std::thread other(add, shared);
  add(shared);
  other.join();
  int status = 0;
  waitpid(child, &status, 0);
  assert(shared->counter == 3);
  return status != 0;
}
