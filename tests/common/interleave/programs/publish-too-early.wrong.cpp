// The flag is raised before the data is written. Misconception: two lines next to each other happen
// together.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

struct Shared {
  int data;
  std::atomic<bool> ready;
};

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (page) Shared{};
  pid_t child = fork();
  if (child == 0) {
    shared->ready = true;
    shared->data = 42;  // <- here
    _exit(0);
  }
  int answer = 42;
  if (shared->ready) answer = shared->data;  // <- here
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0 || answer == 43;
}
