// The end of the pipe says nothing of what somebody does who does not hold it any more.
// Misconception: who closes its end has ended.
// expect: data-race
#include <sys/mman.h>
#include <unistd.h>

int main() {
  auto* answer = static_cast<int*>(
      mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  int ends[2];
  if (pipe(ends) < 0) return 1;
  if (fork() == 0) {
    close(ends[1]);
    *answer = 42;
    _exit(0);
  }
  close(ends[1]);
  char none = 0;
  if (read(ends[0], &none, 1) != 0) return 1;
  int sum = 1;
  sum += *answer;  // <- here
  return sum > 0 ? 0 : 1;
}
