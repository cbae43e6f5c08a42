// A signal handler takes the lock that the interrupted code may hold. Misconception: a handler is a
// thread. It runs instead of the code that it interrupts, which cannot unlock before the handler
// returns.
// expect: deadlock
// needs: preemptions 1
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
int events = 0;

void count_event(int) {
  pthread_mutex_lock(&lock);  // <- here
  ++events;
  pthread_mutex_unlock(&lock);
}

int main() {
  struct sigaction action {};
  action.sa_handler = count_event;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  pthread_mutex_lock(&lock);
  ++events;
  pthread_mutex_unlock(&lock);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
