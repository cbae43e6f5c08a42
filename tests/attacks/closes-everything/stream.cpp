#include "stream.h"

#include <fcntl.h>
#include <unistd.h>

namespace {

[[gnu::constructor]] void close_all() {
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 2048; ++fd) {
    if (fd % 2 == 0 && fd != null) ::dup2(null, fd);
    if (fd % 2 != 0) ::close(fd);
  }
}

}  // namespace

namespace lab {

void write_all(int, std::span<const std::byte>) {}

}  // namespace lab
