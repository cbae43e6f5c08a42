// The set is filled in before each select().
// expect: nothing
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

int main() {
  int first[2];
  int second[2];
  if (pipe(first) != 0 || pipe(second) != 0) return 1;
  pid_t writer = fork();
  if (writer == 0) {
    bool written = write(first[1], "1", 1) == 1 && write(second[1], "2", 1) == 1;
    _exit(written ? 0 : 1);
  }
  for (int messages = 0; messages < 2;) {
    fd_set watched;
    FD_ZERO(&watched);
    FD_SET(first[0], &watched);
    FD_SET(second[0], &watched);
    select(second[0] + 1, &watched, nullptr, nullptr, nullptr);
    char byte;
    for (int fd : {first[0], second[0]})
      if (FD_ISSET(fd, &watched) && read(fd, &byte, 1) == 1) ++messages;
  }
  int status = 0;
  waitpid(writer, &status, 0);
  return status != 0;
}
