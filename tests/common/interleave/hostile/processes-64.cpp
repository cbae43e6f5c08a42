// As many processes as there can be.
// expect: nothing
// schedules: 5
#include <sys/wait.h>
#include <unistd.h>

int main() {
  for (int i = 0; i < 63; ++i) {
    if (fork() == 0) _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
}
