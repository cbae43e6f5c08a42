// Is there anything in it yet?
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

int main() {
  int ends[2];
  if (pipe2(ends, O_NONBLOCK) != 0) return 1;
  if (fork() == 0) {
    write(ends[1], "ab", 2);
    _exit(0);
  }
  char text[2];
  long first = read(ends[0], text, 1);
  long second = read(ends[0], text, 2);
  std::printf("%ld %ld\n", first, second);
}
