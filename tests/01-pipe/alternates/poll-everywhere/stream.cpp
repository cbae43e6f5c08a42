#include "stream.h"

#include "ready.h"

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    wait_until_ready(fd, POLLOUT);
    bytes = bytes.subspan(put_some(fd, bytes));
  }
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  std::span<std::byte> missing = buffer;
  for (bool ended = false; !ended && !missing.empty();) {
    wait_until_ready(fd, POLLIN);
    missing = missing.subspan(take_some(fd, missing, ended));
  }
  return buffer.size() - missing.size();
}
