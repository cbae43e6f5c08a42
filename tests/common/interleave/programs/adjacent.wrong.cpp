// Two processes write two different bit-fields. Misconception: different members are different
// memory. Bit-fields side by side are one memory location: writing one writes the other back too.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct Flags {
  unsigned open : 1;
  unsigned dirty : 1;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* flags = static_cast<Flags*>(page);
  pid_t child = fork();
  if (child == 0) {
    flags->open = 1;  // <- here
    _exit(0);
  }
  flags->dirty = 1;  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
