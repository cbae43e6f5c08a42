// Request and reply go through one System V queue. The client receives with type 0, "any", and gets
// its own request back. Misconception: a queue has two directions.
// expect: crash
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

struct Message {
  long type;
  char text;
};
constexpr long request = 1;
constexpr long reply = 2;

int main() {
  int queue = msgget(IPC_PRIVATE, 0600);
  if (queue < 0) return 1;
  pid_t server = fork();
  if (server == 0) {
    Message message{};
    if (msgrcv(queue, &message, 1, request, 0) != 1) _exit(0);
    message = {reply, '!'};
    _exit(msgsnd(queue, &message, 1, 0));
  }
  Message message{request, '?'};
  if (msgsnd(queue, &message, 1, 0) != 0) return 1;
  msgrcv(queue, &message, 1, 0, 0);
  msgctl(queue, IPC_RMID, nullptr);
  assert(message.type == reply);  // <- here
  int status = 0;
  waitpid(server, &status, 0);
  return status != 0;
}
