// Between processes: a process-shared semaphore to wait, and the atomic for the value alone.
// expect: nothing
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  sem_t changed;
  std::atomic<int> ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  sem_init(&shared->changed, /*pshared=*/1, /*value=*/0);
  pid_t child = fork();
  if (child == 0) {
    sem_wait(&shared->changed);
    assert(shared->ready.load(std::memory_order_relaxed) == 1);  // post and wait have ordered it
    _exit(0);
  }
  shared->ready.store(1, std::memory_order_relaxed);
  sem_post(&shared->changed);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
