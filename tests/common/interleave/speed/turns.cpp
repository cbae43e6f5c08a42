// Two processes that let each other go first, as often as the argument says: a hand-over each time.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

int main(int, char** argv) {
  const long count = std::atol(argv[1]);
  const pid_t child = fork();
  for (long i = 0; i < count; ++i) sched_yield();
  if (child == 0) _exit(0);
  wait(nullptr);
}
