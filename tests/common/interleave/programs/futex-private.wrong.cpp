// Two processes use a futex in shared memory with FUTEX_PRIVATE_FLAG. Misconception: the flag only
// makes it faster. It names the futex by process and address, so the wake of one process misses the
// waiter of the other.
// expect: wrong-mechanism
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* ready = new (page) std::atomic<int>(0);
  pid_t child = fork();
  if (child == 0) {
    while (*ready == 0) syscall(SYS_futex, ready, FUTEX_WAIT_PRIVATE, 0, nullptr);  // <- here
    _exit(0);
  }
  *ready = 1;
  syscall(SYS_futex, ready, FUTEX_WAKE_PRIVATE, 1);  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
