// The flag is atomic, stored with release and loaded with acquire: who sees the flag sees the data.
// expect: nothing
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <new>

struct Shared {
  int data;
  std::atomic<bool> ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  if (child == 0) {
    shared->data = 42;
    shared->ready.store(true, std::memory_order_release);
    _exit(0);
  }
  if (shared->ready.load(std::memory_order_acquire)) assert(shared->data == 42);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
