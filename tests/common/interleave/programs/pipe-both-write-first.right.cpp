// One of the two reads first: somebody always takes out what the other puts in.
// expect: nothing
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

char message[8192];  // two pages, and each pipe is made to hold one

bool write_all(int fd) {
  for (size_t done = 0; done < sizeof message;) {
    ssize_t count = write(fd, message + done, sizeof message - done);
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
  if (child == 0) _exit(read_all(to_child[0]) && write_all(to_parent[1]) ? 0 : 1);
  bool sent = write_all(to_child[1]) && read_all(to_parent[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return !sent || status != 0;
}
