// Data and flag are both atomic, and both relaxed. That is no data race, but the other process may
// see the flag and the old data: relaxed stores to two variables may be seen in any order.
// expect: crash
// options: --weak-memory on
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  std::atomic<int> data;
  std::atomic<bool> ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  if (child == 0) {
    shared->data.store(42, std::memory_order_relaxed);
    shared->ready.store(true, std::memory_order_relaxed);
    _exit(0);
  }
  if (shared->ready.load(std::memory_order_relaxed)) {
    int seen = shared->data.load(std::memory_order_relaxed);
    assert(seen == 42);  // <- here
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
