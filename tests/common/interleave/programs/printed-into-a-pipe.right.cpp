// Two processes that talk by printf and fgets: what is printed is sent by fflush.
// expect: nothing
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 1;
  if (fork() == 0) {
    dup2(there[0], 0);
    dup2(back[1], 1);
    for (int fd : {there[0], there[1], back[0], back[1]}) close(fd);
    char line[20];
    if (fgets(line, sizeof line, stdin) == nullptr) _exit(1);
    printf("you said %s", line);
    fflush(stdout);
    _exit(0);
  }
  dup2(there[1], 1);
  dup2(back[0], 0);
  for (int fd : {there[0], there[1], back[0], back[1]}) close(fd);
  puts("hello");
  fflush(stdout);
  char line[40];
  const bool answered = fgets(line, sizeof line, stdin) != nullptr;
  wait(nullptr);
  return answered && strcmp(line, "you said hello\n") == 0 ? 0 : 1;
}
