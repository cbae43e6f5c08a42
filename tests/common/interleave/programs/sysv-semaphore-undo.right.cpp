// With SEM_UNDO the kernel takes back a process's operations when it ends.
// expect: nothing
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

void change(int set, short by, short flags) {
  sembuf operation{0, by, flags};
  semop(set, &operation, 1);
}

int main() {
  int set = semget(IPC_PRIVATE, 1, 0600);
  if (set < 0) return 1;
  change(set, +1, 0);  // free at first, and to stay so: no undo
  pid_t child = fork();
  change(set, -1, SEM_UNDO);
  if (child == 0) _exit(0);  // "an error": the semaphore is given back
  change(set, +1, SEM_UNDO);
  int status = 0;
  waitpid(child, &status, 0);
  semctl(set, 0, IPC_RMID);
  return status != 0;
}
