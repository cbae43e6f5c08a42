// The same with a System V semaphore around the addition.
// expect: nothing
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

void change(int set, short by) {
  sembuf operation{0, by, 0};
  semop(set, &operation, 1);
}

int main() {
  int segment = shmget(IPC_PRIVATE, sizeof(int), 0600);
  int set = semget(IPC_PRIVATE, 1, 0600);
  if (segment < 0 || set < 0) return 1;
  change(set, +1);  // free at first
  pid_t child = fork();
  int* counter = static_cast<int*>(shmat(segment, nullptr, 0));
  change(set, -1);
  ++*counter;
  change(set, +1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  assert(*counter == 2);
  shmctl(segment, IPC_RMID, nullptr);
  semctl(set, 0, IPC_RMID);
  return status != 0;
}
