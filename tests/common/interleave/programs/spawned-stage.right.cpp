// posix_spawn of a program that this one brings along, with a pipe as its standard output.
// expect: nothing
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" int interleave_program_greet(int count, char** words) {
  return count == 2 && write(STDOUT_FILENO, words[1], 5) == 5 ? 7 : 1;
}

int main() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  char name[] = "greet", word[] = "hello";
  char* words[] = {name, word, nullptr};
  pid_t pid = -1;
  if (posix_spawnp(&pid, "greet", &actions, nullptr, words, environ) != 0) return 1;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char got[10];
  ssize_t size = 0;
  for (ssize_t n = 0; (n = read(ends[0], got, sizeof got)) > 0;) size += n;
  int status = 0;
  waitpid(pid, &status, 0);
  return size == 5 && WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}
