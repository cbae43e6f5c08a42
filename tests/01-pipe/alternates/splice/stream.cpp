#include "stream.h"

#include "pages.h"

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  // A piece at a time, so that the copy stays small.
  constexpr std::size_t most = 1 << 20;
  while (!bytes.empty()) {
    const Pages piece({bytes.first(std::min(bytes.size(), most))});
    give_all(fd, piece.bytes());
    bytes = bytes.subspan(piece.bytes().size());
  }
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  return buffer.empty() ? 0 : Siphon().fill(fd, buffer);
}
