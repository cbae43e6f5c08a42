// After each event the server reads until there is nothing left (EAGAIN), and only then waits for
// the next.
// expect: nothing
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  pid_t server = fork();
  if (server == 0) {
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);  // or the read() after the last byte would wait
    int poller = epoll_create1(0);
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &interest);
    for (int bytes = 0; bytes < 2;) {
      epoll_event event;
      epoll_wait(poller, &event, 1, -1);
      char byte;
      while (read(ends[0], &byte, 1) == 1) ++bytes;
    }
    _exit(write(ends[0], "!", 1) == 1 ? 0 : 1);
  }
  close(ends[0]);
  if (write(ends[1], "ab", 2) != 2) return 1;
  char answer;
  if (read(ends[1], &answer, 1) != 1) return 1;
  int status = 0;
  waitpid(server, &status, 0);
  return status != 0;
}
