// The kernel closes what a process has left open: who sees the end of the pipe comes after all that
// the process has done.
// expect: nothing
#include <sys/mman.h>
#include <unistd.h>

int main() {
  auto* answer = static_cast<int*>(
      mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  int ends[2];
  if (pipe(ends) < 0) return 1;
  if (fork() == 0) {
    *answer = 42;
    _exit(0);
  }
  close(ends[1]);
  char none = 0;
  if (read(ends[0], &none, 1) != 0) return 1;
  return *answer == 42 ? 0 : 1;
}
