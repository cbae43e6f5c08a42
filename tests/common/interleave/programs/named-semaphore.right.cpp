// The creator sets the value, 0, and posts when the gate is to be opened; the child opens what
// exists.
// expect: nothing
#include <fcntl.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  std::string name = "/ipc-lab-gate-" + std::to_string(getpid());
  sem_t* gate = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
  if (gate == SEM_FAILED) return 1;
  pid_t child = fork();
  if (child == 0) {
    sem_t* opened = sem_open(name.c_str(), 0);
    if (opened == SEM_FAILED) _exit(1);
    sem_wait(opened);
    _exit(0);
  }
  sem_post(gate);
  int status = 0;
  waitpid(child, &status, 0);
  sem_close(gate);
  sem_unlink(name.c_str());
  return status != 0;
}
