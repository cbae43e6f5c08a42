// Two processes send on one socket.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 1;
  if (fork() == 0) {
    send(ends[1], "a", 1, 0);
    _exit(0);
  }
  send(ends[1], "b", 1, 0);
  char text[3] = {};
  for (int i = 0; i < 2; ++i) recv(ends[0], text + i, 1, 0);
  std::printf("%s\n", text);
}
