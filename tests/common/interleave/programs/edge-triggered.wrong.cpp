// A client sends two bytes and waits for an answer. The server reads one byte per event of an
// edge-triggered epoll. Misconception: as long as there is something to read, epoll says so. It
// says so when something arrives.
// expect: deadlock
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
    int poller = epoll_create1(0);
    epoll_event interest{};
    interest.events = EPOLLIN | EPOLLET;
    epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &interest);
    for (int bytes = 0; bytes < 2; ++bytes) {
      epoll_event event;
      epoll_wait(poller, &event, 1, -1);  // <- here
      char byte;
      if (read(ends[0], &byte, 1) != 1) _exit(1);
    }
    _exit(write(ends[0], "!", 1) == 1 ? 0 : 1);
  }
  close(ends[0]);
  if (write(ends[1], "ab", 2) != 2) return 1;
  char answer;
  if (read(ends[1], &answer, 1) != 1) return 1;  // <- here
  int status = 0;
  waitpid(server, &status, 0);
  return status != 0;
}
