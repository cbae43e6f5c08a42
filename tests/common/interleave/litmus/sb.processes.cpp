// Store buffering between processes.
// allowed: r1=0 r2=1
// allowed: r1=1 r2=0
// allowed: r1=1 r2=1
// allowed by weak memory: r1=0 r2=0
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <new>

struct Shared {
  std::atomic<int> x{0};
  std::atomic<int> y{0};
  int r1 = 0, r2 = 0;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* s = new (page) Shared;
  if (fork() == 0) {
    s->x.store(1, std::memory_order_relaxed);
    s->r1 = s->y.load(std::memory_order_relaxed);
    _exit(0);
  }
  s->y.store(1, std::memory_order_relaxed);
  s->r2 = s->x.load(std::memory_order_relaxed);
  wait(nullptr);
  std::printf("r1=%d r2=%d\n", s->r1, s->r2);
}
