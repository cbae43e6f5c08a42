// MAP_SHARED: one page, seen by both processes.
// expect: nothing
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* ready = new (page) std::atomic<bool>(false);
  pid_t child = fork();
  if (child == 0) {
    *ready = true;
    _exit(0);
  }
  while (!*ready) sched_yield();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
