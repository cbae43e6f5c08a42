#include "stream.h"

#include <unistd.h>

#include <cerrno>

#include "common/ipc/system_error.h"

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  const std::byte* next = bytes.data();
  const std::byte* const end = next + bytes.size();
  while (next != end) {
    switch (const ssize_t count = ::write(fd, next, static_cast<std::size_t>(end - next))) {
      case -1:
        if (errno != EINTR) throw ipc::SystemError("write");
        break;
      default:
        next += count;
    }
  }
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  std::size_t total = 0;
  ssize_t count = 1;
  while (count != 0 && total != buffer.size()) {
    count = ::read(fd, &buffer[total], buffer.size() - total);
    if (count == -1 && errno == EINTR) continue;
    if (count == -1) throw ipc::SystemError("read");
    total += static_cast<std::size_t>(count);
  }
  return total;
}
