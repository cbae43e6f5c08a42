// The protocol says who speaks first: the client.
// expect: nothing
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  pid_t server = fork();
  int mine = server == 0 ? ends[0] : ends[1];
  close(server == 0 ? ends[1] : ends[0]);
  char byte;
  if (server == 0) {
    bool answered = recv(mine, &byte, 1, 0) == 1 && send(mine, &byte, 1, 0) == 1;
    _exit(answered ? 0 : 1);
  }
  bool answered = send(mine, "x", 1, 0) == 1 && recv(mine, &byte, 1, 0) == 1;
  int status = 0;
  waitpid(server, &status, 0);
  return !answered || status != 0;
}
