// Two processes send each other more than a pipe holds, and both write before they read. Both pipes
// fill up, and nobody reads. Misconception: write() hands the bytes over and returns.
// expect: deadlock
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

char message[8192];  // two pages, and each pipe is made to hold one

bool write_all(int fd) {
  for (size_t done = 0; done < sizeof message;) {
    ssize_t count = write(fd, message + done, sizeof message - done);  // <- here
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

bool read_all(int fd) {
  for (size_t done = 0; done < sizeof message;) {
    ssize_t count = read(fd, message + done, sizeof message - done);
    if (count <= 0) return false;
    done += static_cast<size_t>(count);
  }
  return true;
}

int main() {
  int to_child[2];
  int to_parent[2];
  if (pipe(to_child) != 0 || pipe(to_parent) != 0) return 1;
  fcntl(to_child[1], F_SETPIPE_SZ, 4096);
  fcntl(to_parent[1], F_SETPIPE_SZ, 4096);
  pid_t child = fork();
  if (child == 0) _exit(write_all(to_parent[1]) && read_all(to_child[0]) ? 0 : 1);
  bool sent = write_all(to_child[1]) && read_all(to_parent[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return !sent || status != 0;
}
