// There is no such program.
// expect: nothing
// schedules: 5
#include <sys/wait.h>
#include <unistd.h>

int main() {
  if (fork() == 0) {
    execl("/no/such/program", "program", nullptr);
    _exit(0);
  }
  int status = 0;
  wait(&status);
  return status != 0;
}
