#include "stream.h"

#include <unistd.h>

#include <cerrno>

#include "common/ipc/system_error.h"

namespace lab {

void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // Signed, because -1 means failure: in a size_t it would be an enormous count of bytes.
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      // EINTR is returned only if nothing was taken yet, so the same bytes can be offered again. A
      // signal that comes later ends the call with a short count instead, and nothing is sent
      // twice.
      if (errno == EINTR) continue;
      throw ipc::SystemError("write");
    }
    // A short count is no error: the rest is simply still to be written.
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

std::size_t read_full(int fd, std::span<std::byte> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    // Ask for what is missing and never for more: a byte taken too many is lost to the next caller.
    const ssize_t got = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw ipc::SystemError("read");
    }
    // 0 is the end of the stream: no writer is left and none can come. Trying again would give 0
    // for ever. (A pipe that is only empty for now does not return 0: read(2) waits.)
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace lab
