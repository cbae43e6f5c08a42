// Open file description locks belong to the open file, and each thread opens the file itself.
// expect: nothing
#include <fcntl.h>
#include <unistd.h>

#include <cassert>
#include <string>
#include <thread>

int counter = 0;

void set_lock(int fd, short type) {
  struct flock whole_file {};
  whole_file.l_type = type;
  fcntl(fd, F_OFD_SETLKW, &whole_file);
}

void add(const char* path) {
  int fd = open(path, O_RDWR);
  set_lock(fd, F_WRLCK);
  ++counter;
  set_lock(fd, F_UNLCK);
  close(fd);
}

int main() {
  std::string path = "/tmp/ipc-lab-lock-" + std::to_string(getpid());
  close(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  std::thread first(add, path.c_str());
  std::thread second(add, path.c_str());
  first.join();
  second.join();
  unlink(path.c_str());
  assert(counter == 2);
}
