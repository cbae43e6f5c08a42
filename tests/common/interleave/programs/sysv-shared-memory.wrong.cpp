// Two processes attach a System V segment, each for itself, and add to a counter in it without a
// lock.
// expect: data-race
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int segment = shmget(IPC_PRIVATE, sizeof(int), 0600);
  if (segment < 0) return 1;
  pid_t child = fork();
  int* counter = static_cast<int*>(shmat(segment, nullptr, 0));
  ++*counter;  // <- here
  shmdt(counter);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  shmctl(segment, IPC_RMID, nullptr);
  return status != 0;
}
