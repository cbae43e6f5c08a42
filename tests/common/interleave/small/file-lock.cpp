// Two processes try for one lock of a file.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

int main() {
  int file = memfd_create("file", 0);
  char name[40];
  std::snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  pid_t child = fork();
  int mine = open(name, O_RDWR);
  bool got = flock(mine, LOCK_EX | LOCK_NB) == 0;
  if (got) flock(mine, LOCK_UN);
  if (child == 0) _exit(got);
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%d %d\n", got, WEXITSTATUS(status));
}
