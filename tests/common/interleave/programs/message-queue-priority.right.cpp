// The sender has ended, so both messages are there: the alarm comes out first.
// expect: nothing
#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <string>

int main() {
  std::string name = "/ipc-lab-" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 2;
  attributes.mq_msgsize = 1;
  mqd_t queue = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue < 0) return 1;
  mq_unlink(name.c_str());
  pid_t sender = fork();
  if (sender == 0) {
    mq_send(queue, "n", 1, /*priority=*/0);  // news
    mq_send(queue, "a", 1, /*priority=*/9);  // alarm
    _exit(0);
  }
  int status = 0;
  waitpid(sender, &status, 0);
  char message = 0;
  mq_receive(queue, &message, 1, nullptr);
  assert(message == 'a');
  return status != 0;
}
