// The child opens shared memory as soon as its name is there. Misconception: then it is ready.
// Until the parent has called ftruncate() it has no bytes, and touching it is SIGBUS.
// expect: crash
// needs: preemptions 1
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

int main() {
  std::string name = "/ipc-lab-" + std::to_string(getpid());
  pid_t child = fork();
  if (child == 0) {
    int fd = -1;
    while ((fd = shm_open(name.c_str(), O_RDWR, 0)) < 0) sched_yield();
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    *static_cast<int*>(page) = 42;  // <- here
    _exit(0);
  }
  int fd = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (ftruncate(fd, 4096) != 0) return 1;
  int status = 0;
  waitpid(child, &status, 0);
  shm_unlink(name.c_str());
  return status != 0;
}
