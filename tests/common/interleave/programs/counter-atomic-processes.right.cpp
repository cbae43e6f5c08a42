// Two processes add to an atomic counter in shared memory by fetch_add. A lock-free atomic works
// between processes as it does between threads; one that hides a lock would not, so that is
// checked.
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

static_assert(std::atomic<int>::is_always_lock_free);

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* counter = new (page) std::atomic<int>(0);
  pid_t child = fork();
  counter->fetch_add(1, std::memory_order_relaxed);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(*counter == 2);
  return status != 0;
}
