// One process more than there can be.
// expect: error: .*more processes than 64
#include <sys/wait.h>
#include <unistd.h>

int main() {
  for (int i = 0; i < 64; ++i) {
    if (fork() == 0) _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
}
