// The child runs another program, which is not there. Misconception: exec does not return. It does
// if it fails, and then the child goes on with the code that is meant for the parent.
// expect: crash
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
  if (child == 0) execlp("no-such-program", "no-such-program", nullptr);
  ++*parents;
  waitpid(child, nullptr, 0);
  assert(*parents == 1);  // <- here
}
