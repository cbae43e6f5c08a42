// Is it ready?
#include <poll.h>
#include <unistd.h>

#include <cstdio>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (fork() == 0) {
    write(ends[1], "a", 1);
    _exit(0);
  }
  pollfd end{ends[0], POLLIN, 0};
  int first = poll(&end, 1, 0);
  int second = poll(&end, 1, 0);
  std::printf("%d %d\n", first, second);
}
