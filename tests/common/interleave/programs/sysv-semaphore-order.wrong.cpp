// Two processes take two System V semaphores one after the other, in opposite orders.
// Misconception: a set of semaphores is taken as a whole. Each semop() call is; two calls are not.
// expect: deadlock
// needs: preemptions 1
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

void change(int set, unsigned short number, short by) {
  sembuf operation{number, by, 0};
  semop(set, &operation, 1);  // <- here
}

int main() {
  int set = semget(IPC_PRIVATE, 2, 0600);
  if (set < 0) return 1;
  change(set, 0, +1);  // both are free at first
  change(set, 1, +1);
  pid_t child = fork();
  unsigned short first = child == 0 ? 0 : 1;
  unsigned short second = child == 0 ? 1 : 0;
  change(set, first, -1);
  change(set, second, -1);
  change(set, second, +1);
  change(set, first, +1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  semctl(set, 0, IPC_RMID);
  return status != 0;
}
