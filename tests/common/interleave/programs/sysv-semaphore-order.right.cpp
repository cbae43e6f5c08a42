// One semop() call with two operations takes both or waits for both: in whichever order they are
// written.
// expect: nothing
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

void change_both(int set, unsigned short first, unsigned short second, short by) {
  sembuf operations[2] = {{first, by, 0}, {second, by, 0}};
  semop(set, operations, 2);
}

int main() {
  int set = semget(IPC_PRIVATE, 2, 0600);
  if (set < 0) return 1;
  change_both(set, 0, 1, +1);  // both are free at first
  pid_t child = fork();
  unsigned short first = child == 0 ? 0 : 1;
  unsigned short second = child == 0 ? 1 : 0;
  change_both(set, first, second, -1);
  change_both(set, first, second, +1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  semctl(set, 0, IPC_RMID);
  return status != 0;
}
