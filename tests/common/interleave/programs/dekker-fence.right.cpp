// The heart of Dekker's lock between two processes, with a seq_cst fence between raising and
// looking: at most one goes in. (Both may stay out; the whole algorithm has a turn for that.)
// expect: nothing
// options: --weak-memory on
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  std::atomic<bool> wants[2];
  int counter;
};

void add_if_free(Shared* shared, int me) {
  shared->wants[me].store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (shared->wants[1 - me].load(std::memory_order_relaxed)) return;
  ++shared->counter;
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  add_if_free(shared, child == 0 ? 0 : 1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(shared->counter <= 1);
  return status != 0;
}
