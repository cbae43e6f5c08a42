// How far does the child get before it is killed?
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    write(ends[1], "a", 1);
    write(ends[1], "b", 1);
    _exit(0);
  }
  close(ends[1]);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  char text[8];
  long length = read(ends[0], text, sizeof text);
  std::printf("%ld %d\n", length, WIFSIGNALED(status));
}
