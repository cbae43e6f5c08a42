// The child opens the semaphore with O_CREAT and the value 1, to be let through. Misconception:
// sem_open sets the value. It does so only for whoever creates the semaphore; for others the
// argument is ignored.
// expect: deadlock
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
    sem_t* opened = sem_open(name.c_str(), O_CREAT, 0600, 1);
    sem_wait(opened);  // <- here
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  sem_unlink(name.c_str());
  return status != 0;
}
