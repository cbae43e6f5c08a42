// Each process opens the file itself, and so has an open file of its own to lock.
// expect: nothing
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <string>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  std::string path = "/tmp/ipc-lab-lock-" + std::to_string(getpid());
  pid_t child = fork();
  int fd = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (fd < 0) return 1;
  flock(fd, LOCK_EX);
  ++*counter;
  flock(fd, LOCK_UN);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(path.c_str());
  assert(*counter == 2);
  return status != 0;
}
