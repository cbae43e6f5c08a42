// A process ends between taking a System V semaphore and giving it back. Misconception: the kernel
// gives back what a dead process held. It does so only for operations with SEM_UNDO.
// expect: deadlock
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

void change(int set, short by) {
  sembuf operation{0, by, 0};
  semop(set, &operation, 1);  // <- here
}

int main() {
  int set = semget(IPC_PRIVATE, 1, 0600);
  if (set < 0) return 1;
  change(set, +1);  // free at first
  pid_t child = fork();
  change(set, -1);
  if (child == 0) _exit(0);  // "an error": the semaphore stays taken
  change(set, +1);
  int status = 0;
  waitpid(child, &status, 0);
  semctl(set, 0, IPC_RMID);
  return status != 0;
}
