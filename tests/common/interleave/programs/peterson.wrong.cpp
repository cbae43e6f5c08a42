// Peterson's lock between two processes, with release and acquire. Misconception: that is always
// enough for a lock. Here each side must see the other's flag after raising its own, which only
// seq_cst promises.
// expect: data-race
// options: --weak-memory on
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

struct Shared {
  std::atomic<bool> wants[2];
  std::atomic<int> turn;
  int counter;
};

void add(Shared* shared, int me) {
  int other = 1 - me;
  shared->wants[me].store(true, std::memory_order_release);
  shared->turn.store(other, std::memory_order_release);
  while (shared->wants[other].load(std::memory_order_acquire) &&
         shared->turn.load(std::memory_order_acquire) == other)
    sched_yield();
  ++shared->counter;  // <- here
  shared->wants[me].store(false, std::memory_order_release);
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  add(shared, child == 0 ? 0 : 1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
