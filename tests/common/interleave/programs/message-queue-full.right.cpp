// The child receives before it sends: one of the two always empties the queue that the other fills.
// expect: nothing
#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

mqd_t make_queue(char direction) {
  std::string name = "/ipc-lab-" + std::to_string(getpid()) + direction;
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 1;
  mqd_t queue = mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue < 0) _exit(1);
  mq_unlink(name.c_str());  // who has it open keeps it
  return queue;
}

void send_two(mqd_t queue) {
  for (int i = 0; i < 2; ++i) mq_send(queue, "x", 1, 0);
}

void receive_two(mqd_t queue) {
  char message;
  for (int i = 0; i < 2; ++i) mq_receive(queue, &message, 1, nullptr);
}

int main() {
  mqd_t to_child = make_queue('c');
  mqd_t to_parent = make_queue('p');
  pid_t child = fork();
  if (child == 0) {
    receive_two(to_child);
    send_two(to_parent);
    _exit(0);
  }
  send_two(to_child);
  receive_two(to_parent);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
