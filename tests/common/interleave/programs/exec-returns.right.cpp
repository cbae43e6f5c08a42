// The line after exec is for the case that it failed, and ends the child.
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* parents = new (page) std::atomic<int>(0);
  pid_t child = fork();
  if (child == 0) {
    execlp("true", "true", nullptr);
    _exit(127);  // as the shell says: there is no such program
  }
  ++*parents;
  int status = 0;
  waitpid(child, &status, 0);
  assert(*parents == 1);
  return status != 0;
}
