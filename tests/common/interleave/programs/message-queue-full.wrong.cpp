// Two processes send each other two messages before they receive one, and each queue holds one
// message: both wait in mq_send(). Misconception: a message queue takes what comes.
// expect: deadlock
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
  for (int i = 0; i < 2; ++i) mq_send(queue, "x", 1, 0);  // <- here
}

void receive_two(mqd_t queue) {
  char message;
  for (int i = 0; i < 2; ++i) mq_receive(queue, &message, 1, nullptr);
}

int main() {
  mqd_t to_child = make_queue('c');
  mqd_t to_parent = make_queue('p');
  pid_t child = fork();
  send_two(child == 0 ? to_parent : to_child);
  receive_two(child == 0 ? to_child : to_parent);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
