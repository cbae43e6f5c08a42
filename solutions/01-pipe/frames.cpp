#include "frames.h"

#include <arpa/inet.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <limits>

#include "common/ipc/system_error.h"
#include "stream.h"

namespace lab {

void write_frame(int fd, std::span<const std::byte> payload) {
  // Checked before the first byte goes out: once a header is written, the reader waits for what it
  // announces, and there is no taking it back.
  if (payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a frame's payload must be shorter than 4 GiB");
  }
  // Most significant byte first on every machine. The memory of a std::uint32_t as it lies here
  // would be understood only by machines that happen to store it the same way.
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(payload.size()));
  const auto header = std::as_bytes(std::span(&length, 1));

  // Header and payload in one call: half the system calls, and the reader is woken once and not
  // twice. (writev(2) only reads from the buffers; iovec has no const because readv(2) shares it.)
  const std::array<iovec, 2> parts{
      iovec{const_cast<std::byte*>(header.data()), header.size()},
      iovec{const_cast<std::byte*>(payload.data()), payload.size()},
  };
  ssize_t result;
  do {
    result = ::writev(fd, parts.data(), static_cast<int>(parts.size()));
  } while (result < 0 && errno == EINTR);
  if (result < 0) throw ipc::SystemError("writev");

  // A short count may end anywhere, inside the header too. What is left is one run of bytes or two.
  const auto written = static_cast<std::size_t>(result);
  if (written < header.size()) {
    write_all(fd, header.subspan(written));
    write_all(fd, payload);
  } else {
    write_all(fd, payload.subspan(written - header.size()));
  }
}

std::optional<std::vector<std::byte>> read_frame(int fd, std::size_t max_size) {
  std::uint32_t announced = 0;
  const auto header = std::as_writable_bytes(std::span(&announced, 1));
  const std::size_t received = read_full(fd, header);

  // The end of the stream means two things, and only the place tells which: between two frames the
  // writer has finished; inside one it has died, and what came so far must not pass for a frame.
  if (received == 0) return std::nullopt;
  if (received < header.size()) throw TruncatedFrame();

  // The length is somebody else's claim until it has been compared, so compare before allocating.
  // A payload of exactly `max_size` bytes is still welcome.
  const std::uint32_t length = ntohl(announced);
  if (length > max_size) throw FrameTooLarge(length);

  // A length of 0 is a frame without payload, not an end: read_full asks for nothing and the caller
  // gets an empty vector, which differs from no vector at all.
  std::vector<std::byte> payload(length);
  if (read_full(fd, payload) < payload.size()) throw TruncatedFrame();
  return payload;
}

}  // namespace lab
