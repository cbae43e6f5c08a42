// A process with two threads and its child add to one counter in shared memory, each with a
// std::mutex held. That keeps apart the threads of one process; the child has a copy of it.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

std::mutex lock;

void add(int* counter) {
  std::lock_guard guard(lock);
  ++*counter;  // <- here
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  pid_t child = fork();
  if (child == 0) {
    add(counter);
    _exit(0);
  }
  std::thread other(add, counter);
  add(counter);
  other.join();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
