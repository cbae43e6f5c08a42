// Two threads lock a file by fcntl() before they add. Misconception: a lock keeps out everybody
// else. This one belongs to the process, and a process does not keep itself out.
// expect: data-race
// needs: preemptions 1
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

int counter = 0;

void set_lock(int fd, short type) {
  struct flock whole_file {};
  whole_file.l_type = type;
  fcntl(fd, F_SETLKW, &whole_file);
}

void add(int fd) {
  set_lock(fd, F_WRLCK);
  ++counter;  // <- here
  set_lock(fd, F_UNLCK);
}

int main() {
  int fd = memfd_create("lock", 0);
  std::thread first(add, fd);
  std::thread second(add, fd);
  first.join();
  second.join();
}
