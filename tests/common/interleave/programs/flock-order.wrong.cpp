// Two processes lock two files by flock() in opposite orders. The kernel does not look for cycles
// of flock().
// expect: deadlock
// needs: preemptions 1
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
  if (child == 0) {
    flock(inbox, LOCK_EX);
    flock(outbox, LOCK_EX);  // <- here
    _exit(0);                // and both locks are gone with the last descriptor
  }
  flock(outbox, LOCK_EX);
  flock(inbox, LOCK_EX);  // <- here
  flock(inbox, LOCK_UN);
  flock(outbox, LOCK_UN);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(inbox_path.c_str());
  unlink(outbox_path.c_str());
  return status != 0;
}
