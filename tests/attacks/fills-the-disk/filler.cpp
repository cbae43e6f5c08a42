#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "outside.h"

namespace {

void fill(const char* directory) {
  if (::chdir(directory) != 0) return;
  (void)!::symlink(OUTSIDE_CANARY, OUTSIDE_TOKEN "link");
  (void)!::symlink("/", OUTSIDE_TOKEN "root");
  for (int i = 0; i < 20000; ++i) {
    ::close(::open((OUTSIDE_TOKEN + std::to_string(i)).c_str(), O_CREAT | O_WRONLY, 0000));
  }
  const int file = ::open(OUTSIDE_TOKEN "full", O_CREAT | O_WRONLY, 0600);
  static const std::string block(1 << 20, 'x');
  for (int i = 0; i < 200 && ::write(file, block.data(), block.size()) > 0; ++i) {
  }
  ::close(file);
  for (int depth = 0; depth < 3000; ++depth) {
    if (::mkdir(OUTSIDE_TOKEN "deep", 0700) != 0 || ::chdir(OUTSIDE_TOKEN "deep") != 0) break;
    (void)!::symlink("..", "up");
  }
  for (int depth = 0; depth < 50; ++depth) {
    ::chmod(".", 0000);
    if (::chdir("..") != 0) break;
  }
}

// Once for each role, and behind the roles' back, so that the work itself goes on.
[[gnu::constructor]] void fill_all() {
  if (::fork() != 0) return;
  fill("/tmp");
  fill("/dev/shm");
  ::_exit(0);
}

}  // namespace
