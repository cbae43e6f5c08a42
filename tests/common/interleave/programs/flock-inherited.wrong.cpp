// Parent and child lock a file by flock() on the descriptor that the child inherited.
// Misconception: the lock belongs to the process. It belongs to the open file, which the two share,
// so both have it.
// expect: data-race
// needs: preemptions 1
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  std::string path = "/tmp/ipc-lab-lock-" + std::to_string(getpid());
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  unlink(path.c_str());
  if (fd < 0) return 1;
  pid_t child = fork();
  flock(fd, LOCK_EX);
  ++*counter;  // <- here
  flock(fd, LOCK_UN);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  return status != 0;
}
