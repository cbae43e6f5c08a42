// A program starts others by posix_spawn(), system() and popen(). They run as they like, and are
// waited for.
// expect: nothing
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main() {
  pid_t child = -1;
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  if (posix_spawnp(&child, "true", nullptr, nullptr, arguments, environ) != 0) return 1;
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0 || system("true") != 0) return 1;
  FILE* output = popen("echo x", "r");
  bool heard = output != nullptr && fgetc(output) == 'x';
  return !heard || pclose(output) != 0;
}
