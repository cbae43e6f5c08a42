// A child process hands a value to a thread of its parent through a pipe, and writes it after the
// byte that says so. Misconception: the reader needs some time to wake up.
// expect: data-race
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* value = static_cast<int*>(page);
  int ends[2];
  if (pipe(ends) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    if (write(ends[1], "!", 1) != 1) _exit(1);
    *value = 42;  // <- here
    _exit(0);
  }
  std::thread reader([value, &ends] {
    char byte;
    if (read(ends[0], &byte, 1) != 1) return;
    int seen = *value;  // <- here
    static_cast<void>(seen);
  });
  reader.join();
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
