// First the value, then the byte: what a process did before a write() to a pipe is seen after the
// read().
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <thread>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* value = static_cast<int*>(page);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    *value = 42;
    _exit(write(ends[1], "!", 1) == 1 ? 0 : 1);
  }
  std::thread reader([value, &ends] {
    char byte;
    if (read(ends[0], &byte, 1) != 1) return;
    int seen = *value;
    assert(seen == 42);
  });
  reader.join();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
