// Two processes try for one record of a file.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

bool set(int file, short type) {
  struct flock all {};
  all.l_type = type;
  return fcntl(file, F_SETLK, &all) == 0;
}

int main() {
  int file = memfd_create("file", 0);
  pid_t child = fork();
  bool got = set(file, F_WRLCK);
  if (got) set(file, F_UNLCK);
  if (child == 0) _exit(got);
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("%d %d\n", got, WEXITSTATUS(status));
}
