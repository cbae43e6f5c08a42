// Two processes write into one pipe.
#include <unistd.h>

#include <cstdio>

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  if (fork() == 0) {
    write(ends[1], "a", 1);
    _exit(0);
  }
  write(ends[1], "b", 1);
  char text[3] = {};
  for (int i = 0; i < 2; ++i) read(ends[0], text + i, 1);
  std::printf("%s\n", text);
}
