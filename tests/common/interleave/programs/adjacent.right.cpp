// Two processes write two different bytes, side by side in one word. That is no race: each is a
// memory location.
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

struct Flags {
  bool open;
  bool dirty;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* flags = static_cast<Flags*>(page);
  pid_t child = fork();
  if (child == 0) {
    flags->open = true;
    _exit(0);
  }
  flags->dirty = true;
  int status = 0;
  waitpid(child, &status, 0);
  assert(flags->open && flags->dirty);
  return status != 0;
}
