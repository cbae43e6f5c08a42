// The parent waits for its child, and reads the result afterwards: waitpid() orders what the child
// wrote.
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* result = static_cast<int*>(page);
  pid_t child = fork();
  if (child == 0) {
    *result = 42;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  assert(*result == 42);
  return status != 0;
}
