// One process waits by std::atomic::wait, another one notifies. Misconception: an atomic that works
// between processes also waits between them. The standard library keeps its waiters in the memory
// of each process.
// expect: wrong-mechanism
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* ready = new (page) std::atomic<int>(0);
  pid_t child = fork();
  if (child == 0) {
    ready->wait(0);  // <- here
    _exit(0);
  }
  *ready = 1;
  ready->notify_one();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
