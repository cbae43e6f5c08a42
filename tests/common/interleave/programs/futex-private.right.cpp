// Without the private flag the kernel names the futex by the page it lies in, the same for both
// processes. The kernel compares and goes to sleep in one step, so no wake is lost.
// expect: nothing
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
    while (*ready == 0) syscall(SYS_futex, ready, FUTEX_WAIT, 0, nullptr);
    _exit(0);
  }
  *ready = 1;
  syscall(SYS_futex, ready, FUTEX_WAKE, 1);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
