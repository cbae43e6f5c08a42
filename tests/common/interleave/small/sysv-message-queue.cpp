// Two processes send messages of different types.
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include <cstdio>

struct Message {
  long type;
  char text;
};

int main() {
  int queue = msgget(IPC_PRIVATE, 0600);
  if (fork() == 0) {
    Message message{1, 'a'};
    msgsnd(queue, &message, 1, 0);
    _exit(0);
  }
  Message message{2, 'b'};
  msgsnd(queue, &message, 1, 0);
  char text[3] = {};
  for (int i = 0; i < 2; ++i) {
    msgrcv(queue, &message, 1, 0, 0);
    text[i] = message.text;
  }
  msgctl(queue, IPC_RMID, nullptr);
  std::printf("%s\n", text);
}
