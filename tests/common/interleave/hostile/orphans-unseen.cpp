// Children that nobody waits for, and that sleep for long, past the engine.
// expect: error: .*system call 35
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main() {
  for (int i = 0; i < 3; ++i) {
    if (fork() == 0) {
      setsid();
      timespec long_time{10'000, 0};
      syscall(SYS_nanosleep, &long_time, nullptr);
      _exit(0);
    }
  }
}
