// A child becomes a program that does not know the engine.
// expect: nothing
// schedules: 5
#include <sys/wait.h>
#include <unistd.h>

int main() {
  if (fork() == 0) {
    execl("/bin/true", "true", nullptr);
    _exit(127);
  }
  int status = 0;
  wait(&status);
  return status != 0;
}
