// A process, its child and its grandchild print a letter each.
#include <unistd.h>

int main() {
  if (fork() == 0) {
    if (fork() == 0) {
      write(1, "c", 1);
      _exit(0);
    }
    write(1, "b", 1);
    _exit(0);
  }
  write(1, "a", 1);
}
