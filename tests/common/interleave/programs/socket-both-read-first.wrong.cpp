// Client and server are connected, and each begins by reading. Misconception: the other one will
// begin.
// expect: deadlock
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
  ssize_t received = recv(mine, &byte, 1, 0);  // <- here
  ssize_t sent = send(mine, "x", 1, 0);
  if (server == 0) _exit(received == 1 && sent == 1 ? 0 : 1);
  int status = 0;
  waitpid(server, &status, 0);
  return received != 1 || sent != 1 || status != 0;
}
