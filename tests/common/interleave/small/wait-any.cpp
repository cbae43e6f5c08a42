// Which of two children ends first?
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main() {
  for (int i = 1; i <= 2; ++i) {
    if (fork() == 0) _exit(i);
  }
  int order = 0;
  for (int i = 0; i < 2; ++i) {
    int status = 0;
    wait(&status);
    order = order * 10 + WEXITSTATUS(status);
  }
  std::printf("%d\n", order);
}
