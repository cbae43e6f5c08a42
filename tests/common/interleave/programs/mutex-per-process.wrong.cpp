// The counter is in shared memory, the mutex is a global variable. Misconception: after fork() both
// processes lock the same global. Each has a copy of its own, so both are in at the same time.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>

std::mutex lock;

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  pid_t child = fork();
  lock.lock();
  ++*counter;  // <- here
  lock.unlock();
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
