// Atomics in shared memory, weak ones.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

struct Shared {
  std::atomic<int> x{0}, y{0};
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared;
  if (fork() == 0) {
    shared->x.store(1, std::memory_order_relaxed);
    _exit(shared->y.load(std::memory_order_relaxed));
  }
  shared->y.store(1, std::memory_order_relaxed);
  int seen = shared->x.load(std::memory_order_relaxed);
  int status = 0;
  wait(&status);
  std::printf("%d %d\n", seen, WEXITSTATUS(status));
}
