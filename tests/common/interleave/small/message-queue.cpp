// Two processes send messages; the more urgent one comes first if it is there.
#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

int main() {
  std::string name = "/ipc-lab-" + std::to_string(getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 2;
  attributes.mq_msgsize = 1;
  mqd_t queue = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue < 0) return 1;
  mq_unlink(name.c_str());
  if (fork() == 0) {
    mq_send(queue, "u", 1, 5);
    _exit(0);
  }
  mq_send(queue, "a", 1, 1);
  char text[3] = {};
  for (int i = 0; i < 2; ++i) mq_receive(queue, text + i, 1, nullptr);
  std::printf("%s\n", text);
}
