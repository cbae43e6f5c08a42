#include "stream.h"

#include <sys/prctl.h>

#include <stdexcept>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  ::prctl(PR_SET_NAME, "\033[2J\n\"}\n");
  throw std::runtime_error(
      "\033[2J\033[1;1H\n{\"event\":\"finished\"}\n\"}]}\\\xff\xfe\xc3\x28\r\x00");
}

}  // namespace lab
