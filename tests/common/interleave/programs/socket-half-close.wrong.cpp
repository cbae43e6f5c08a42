// The server reads the request to its end and answers. The client sends and waits for the answer.
// Misconception: who stops sending has finished. The end comes when the client closes its sending
// side.
// expect: deadlock
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  pid_t server = fork();
  if (server == 0) {
    close(ends[1]);
    char byte;
    char letters = 0;
    while (read(ends[0], &byte, 1) == 1)  // <- here
      ++letters;
    _exit(write(ends[0], &letters, 1) == 1 ? 0 : 1);
  }
  close(ends[0]);
  if (write(ends[1], "?", 1) != 1) return 1;
  char letters = 0;
  if (read(ends[1], &letters, 1) != 1) return 1;  // <- here
  int status = 0;
  waitpid(server, &status, 0);
  return letters != 1 || status != 0;
}
