// Stops in its first run, like a process that a busy machine does not let run for seconds. What the
// watchdog has ended is tried once more before anything is said of it.
// expect: nothing
// schedules: 3
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int* runs;

// Before the first run: what lies here is the same in all of them.
[[gnu::constructor(101)]] void begin() {
  runs = static_cast<int*>(
      mmap(nullptr, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

int main() {
  if (++*runs == 1) syscall(SYS_kill, getpid(), SIGSTOP);
}
