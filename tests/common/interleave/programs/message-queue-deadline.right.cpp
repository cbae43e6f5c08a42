// A deadline with less than a second of nanoseconds: the message comes before it.
// expect: nothing
#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cassert>
#include <string>

int main() {
  std::string name = "/ipc-lab-" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 1;
  mqd_t queue = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue < 0) return 1;
  mq_unlink(name.c_str());
  pid_t sender = fork();
  if (sender == 0) {
    timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    nanosleep(&moment, nullptr);  // for fifty years, which cost nothing
    mq_send(queue, "x", 1, 0);
    _exit(0);
  }
  timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec *= 3;
  deadline.tv_nsec += 999'999'999;
  char message = 0;
  assert(mq_timedreceive(queue, &message, 1, nullptr, &deadline) == 1);
  int status = 0;
  waitpid(sender, &status, 0);
  return status != 0;
}
