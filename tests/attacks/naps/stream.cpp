#include "stream.h"

#include <unistd.h>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  while (true) ::usleep(1000);
}

}  // namespace lab
