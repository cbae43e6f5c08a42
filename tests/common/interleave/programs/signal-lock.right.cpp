// A handler may use a lock-free atomic: nothing is held that could be interrupted.
// expect: nothing
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

std::atomic<int> events{0};
static_assert(std::atomic<int>::is_always_lock_free);

void count_event(int) { events.fetch_add(1); }

int main() {
  struct sigaction action {};
  action.sa_handler = count_event;
  action.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &action, nullptr);
  pid_t child = fork();
  if (child == 0) _exit(kill(getppid(), SIGUSR1));
  events.fetch_add(1);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || events > 2;
}
