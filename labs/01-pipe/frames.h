#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

/// Lab 01, part B: frames over a stream.
///
/// A pipe keeps no boundaries: whoever wants messages sends along where they end. Here a frame is
/// its length as four bytes, the most significant first (network byte order), then that many bytes
/// of payload. A payload may be empty.
namespace lab {

/// The stream ended inside a frame: the writer died, or closed its end, half-way.
class TruncatedFrame : public std::runtime_error {
 public:
  TruncatedFrame() : std::runtime_error("the stream ended inside a frame") {}
};

/// A frame announces more bytes than the reader is willing to take.
class FrameTooLarge : public std::runtime_error {
 public:
  /// @param announced  the length that the frame's header gives, in bytes.
  explicit FrameTooLarge(std::uint32_t announced)
      : std::runtime_error("a frame announces more bytes than allowed"), announced_(announced) {}

  [[nodiscard]] std::uint32_t announced() const noexcept { return announced_; }

 private:
  std::uint32_t announced_;
};

/// Writes one frame: the header, then all of `payload`.
/// @param fd       open for writing; blocking.
/// @param payload  at most 2^32 - 1 bytes.
/// @throws std::length_error  if `payload` does not fit the header; nothing has been written then.
/// @throws ipc::SystemError   any error of write(2) but EINTR.
/// @see write(2), htonl(3)
void write_frame(int fd, std::span<const std::byte> payload);

/// Reads one frame.
/// @param fd        open for reading; blocking.
/// @param max_size  the largest payload to accept, in bytes.
/// @returns the payload; nothing if the stream ends before the first byte of a frame, which is how
///          a well-behaved writer says that it has finished.
/// @throws TruncatedFrame    if the stream ends inside the header or inside the payload.
/// @throws FrameTooLarge     if the header announces more than `max_size` bytes. It is thrown
/// before
///         memory is allocated for the payload and before any byte of the payload is read: the
///         header comes from somebody else, and four bytes must not cost four gigabytes.
/// @throws ipc::SystemError  any error of read(2) but EINTR.
/// @see read(2), ntohl(3)
std::optional<std::vector<std::byte>> read_frame(int fd, std::size_t max_size);

}  // namespace lab
