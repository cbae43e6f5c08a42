// The server opens the FIFO for writing too, so that no end of file comes, and knows how much to
// expect.
// expect: nothing
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <string>

int main() {
  std::string path = "/tmp/ipc-lab-requests-" + std::to_string(getpid());
  if (mkfifo(path.c_str(), 0600) != 0) return 1;
  for (int client = 0; client < 2; ++client)
    if (fork() == 0) {
      int out = open(path.c_str(), O_WRONLY);
      _exit(write(out, "?", 1) == 1 ? 0 : 1);
    }
  int in = open(path.c_str(), O_RDONLY);
  int keep_open = open(path.c_str(), O_WRONLY);
  int requests = 0;
  char request;
  while (requests < 2 && read(in, &request, 1) == 1) ++requests;
  unlink(path.c_str());
  assert(requests == 2);
  while (wait(nullptr) > 0) {
  }
  close(keep_open);
}
