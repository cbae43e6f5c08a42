// The server closes its copy of the connection after the fork: the worker has the only one left.
// expect: nothing
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  socklen_t length = sizeof(sa_family_t);  // no path: the kernel chooses a name
  auto* address = reinterpret_cast<sockaddr*>(&name);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, address, length) != 0 || listen(listener, 1) != 0) return 1;
  length = sizeof name;
  getsockname(listener, address, &length);

  pid_t client = fork();
  if (client == 0) {
    close(listener);
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(connection, address, length) != 0) _exit(1);
    char byte;
    int bytes = 0;
    while (read(connection, &byte, 1) == 1) ++bytes;
    _exit(bytes == 1 ? 0 : 1);
  }
  int connection = accept(listener, nullptr, nullptr);
  pid_t worker = fork();
  if (worker == 0) _exit(write(connection, "!", 1) == 1 ? 0 : 1);
  close(connection);
  waitpid(worker, nullptr, 0);
  int status = 0;
  waitpid(client, &status, 0);
  return status != 0;
}
