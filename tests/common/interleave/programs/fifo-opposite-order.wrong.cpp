// Two processes open two FIFOs in opposite orders. open() waits until somebody opens the other end,
// so each waits for what the other would open next. Misconception: open() of a FIFO returns like
// that of a file.
// expect: deadlock
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  std::string request = "/tmp/ipc-lab-request-" + std::to_string(getpid());
  std::string reply = "/tmp/ipc-lab-reply-" + std::to_string(getpid());
  if (mkfifo(request.c_str(), 0600) != 0 || mkfifo(reply.c_str(), 0600) != 0) return 1;
  pid_t server = fork();
  if (server == 0) {
    int out = open(reply.c_str(), O_WRONLY);  // <- here
    int in = open(request.c_str(), O_RDONLY);
    _exit(in >= 0 && out >= 0 ? 0 : 1);
  }
  int out = open(request.c_str(), O_WRONLY);  // <- here
  int in = open(reply.c_str(), O_RDONLY);
  int status = 0;
  waitpid(server, &status, 0);
  unlink(request.c_str());
  unlink(reply.c_str());
  return in < 0 || out < 0 || status != 0;
}
