// The flag that tells the other process "the data is there" is a plain bool. Misconception: a bool
// is written in one go, so it needs no atomic. It orders nothing, and is itself a data race.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>

struct Shared {
  int data;
  bool ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  if (child == 0) {
    shared->data = 42;
    shared->ready = true;  // <- here
    _exit(0);
  }
  int answer = 42;
  if (shared->ready)  // <- here
    answer = shared->data;
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || answer != 42;
}
