// The parent asks by kill(child, 0) until the child is gone. A child that has ended stays a zombie
// until its parent waits for it, so it is never gone. Misconception: an ended process does not
// exist any more.
// expect: livelock
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  pid_t child = fork();
  if (child == 0) _exit(0);
  while (kill(child, 0) == 0)  // <- here
    sched_yield();
  waitpid(child, nullptr, 0);
}
