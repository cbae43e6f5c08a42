// The parent sleeps long enough for the child to write. Misconception: what is done long ago is
// seen. A sleep orders nothing, and on a loaded machine it is not even long enough.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* result = static_cast<int*>(page);
  pid_t child = fork();
  if (child == 0) {
    *result = 42;  // <- here
    _exit(0);
  }
  usleep(100'000);
  int seen = *result;  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || seen == 43;
}
