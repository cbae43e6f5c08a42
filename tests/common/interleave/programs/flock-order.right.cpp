// Two processes lock two files by flock() in the same order.
// expect: nothing
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  std::string inbox_path = "/tmp/ipc-lab-inbox-" + std::to_string(getpid());
  std::string outbox_path = "/tmp/ipc-lab-outbox-" + std::to_string(getpid());
  pid_t child = fork();
  int inbox = open(inbox_path.c_str(), O_RDWR | O_CREAT, 0600);
  int outbox = open(outbox_path.c_str(), O_RDWR | O_CREAT, 0600);
  if (inbox < 0 || outbox < 0) return 1;
  flock(inbox, LOCK_EX);
  flock(outbox, LOCK_EX);
  if (child == 0) _exit(0);  // and both locks are gone with the last descriptor
  flock(inbox, LOCK_UN);
  flock(outbox, LOCK_UN);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(inbox_path.c_str());
  unlink(outbox_path.c_str());
  return status != 0;
}
