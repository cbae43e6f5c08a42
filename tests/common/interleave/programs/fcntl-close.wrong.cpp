// A process locks a file by fcntl(), then opens and closes it once more. Misconception: that has
// nothing to do with the lock. Closing any descriptor of the file drops all locks that the process
// has on it.
// expect: data-race
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

void set_lock(int fd, short type) {
  struct flock whole_file {};
  whole_file.l_type = type;
  fcntl(fd, F_SETLKW, &whole_file);
}

int main() {
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* counter = static_cast<int*>(page);
  std::string path = "/tmp/ipc-lab-lock-" + std::to_string(getpid());
  int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  if (fd < 0) return 1;
  pid_t child = fork();
  set_lock(fd, F_WRLCK);
  close(open(path.c_str(), O_RDONLY));  // say, to look at what is in it
  ++*counter;                           // <- here
  set_lock(fd, F_UNLCK);
  if (child == 0) _exit(0);
  int status = 0;
  waitpid(child, &status, 0);
  unlink(path.c_str());
  return status != 0;
}
