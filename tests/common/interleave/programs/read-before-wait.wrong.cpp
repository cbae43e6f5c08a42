// The parent reads what its child computes in shared memory, and waits for the child afterwards.
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
  int answer = *result;  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || answer == 43;
}
