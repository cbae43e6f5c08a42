// Two processes add to an atomic counter in shared memory by a load and a store: an addition can be
// lost.
// expect: crash
// needs: preemptions 1
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* counter = new (page) std::atomic<int>(0);
  pid_t child = fork();
  int seen = counter->load();
  counter->store(seen + 1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(*counter == 2);  // <- here
  return status != 0;
}
