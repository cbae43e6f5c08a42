// Ends the process that it was forked from: the engine's own.
// expect: nothing goes on: .*does the program kill its parent
#include <signal.h>
#include <unistd.h>

int main() {
  kill(getppid(), SIGKILL);
  while (true) pause();
}
