// A mutex in private memory needs no attribute: its users are the threads of one process. (The
// child has a counter and a mutex of its own.)
// expect: nothing
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int counter = 0;

int main() {
  pid_t child = fork();
  pthread_mutex_lock(&lock);
  ++counter;
  pthread_mutex_unlock(&lock);
  assert(counter == 1);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
