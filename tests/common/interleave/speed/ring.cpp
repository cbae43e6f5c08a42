// A ring buffer between two processes, 34 steps or so.
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

struct Ring {
  std::atomic<unsigned> head{0}, tail{0};
  int slot[2] = {};
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* ring = new (page) Ring;
  constexpr unsigned count = 4;
  if (fork() == 0) {
    for (unsigned tail = 0; tail < count; ++tail) {
      while (tail - ring->head.load(std::memory_order_acquire) == 2) sched_yield();
      ring->slot[tail % 2] = static_cast<int>(tail);
      ring->tail.store(tail + 1, std::memory_order_release);
    }
    _exit(0);
  }
  if (fork() == 0) {
    for (unsigned head = 0; head < count; ++head) {
      while (ring->tail.load(std::memory_order_acquire) == head) sched_yield();
      if (ring->slot[head % 2] != static_cast<int>(head)) _exit(1);
      ring->head.store(head + 1, std::memory_order_release);
    }
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
}
