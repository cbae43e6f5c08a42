// The child sets a flag in memory mapped MAP_PRIVATE, and the parent spins on it. Misconception:
// what was mapped before fork() is shared. The child writes into its own copy of the page.
// expect: livelock
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  auto* ready = new (page) std::atomic<bool>(false);
  pid_t child = fork();
  if (child == 0) {
    *ready = true;
    _exit(0);
  }
  while (!*ready)   // <- here
    sched_yield();  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
