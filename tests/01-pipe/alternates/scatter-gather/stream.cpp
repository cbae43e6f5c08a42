#include "stream.h"

#include "gather.h"

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  Gather gather;
  gather.add_in_pieces(bytes, 1000);
  gather.transfer_all(::writev, "writev", fd);
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  Gather scatter;
  scatter.add_in_pieces(buffer, 3000);
  scatter.transfer_all(::readv, "readv", fd);
  return buffer.size() - scatter.left();
}
