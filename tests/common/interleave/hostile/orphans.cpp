// Children that nobody waits for, and that sleep for long.
// expect: nothing
// schedules: 5
#include <unistd.h>

int main() {
  for (int i = 0; i < 3; ++i) {
    if (fork() == 0) {
      sleep(10'000);
      _exit(0);
    }
  }
}
