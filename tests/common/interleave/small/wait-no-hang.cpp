// Has the child ended yet?
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  bool first = waitpid(child, nullptr, WNOHANG) == child;
  bool second = waitpid(child, nullptr, WNOHANG) == child;
  std::printf("%d %d\n", first, second);
}
