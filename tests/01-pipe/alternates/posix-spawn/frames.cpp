#include "frames.h"

#include <array>

#include "stream.h"

// A small frame goes out in one piece, from the stack; a large one without being copied.
void lab::write_frame(int fd, std::span<const std::byte> payload) {
  const std::uint64_t size = payload.size();
  if (size >> 32 != 0) throw std::length_error("a header has four bytes");
  std::array<std::byte, 4096> frame;
  for (std::size_t i = 0; i < 4; ++i) {
    frame[i] = static_cast<std::byte>(size >> (24 - 8 * i));
  }
  if (4 + size <= frame.size()) {
    for (std::size_t i = 0; i < size; ++i) frame[4 + i] = payload[i];
    return write_all(fd, std::span(frame).first(4 + size));
  }
  write_all(fd, std::span(frame).first(4));
  write_all(fd, payload);
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  std::vector<std::byte> bytes(4);
  const std::size_t header = read_full(fd, bytes);
  if (header == 0) return std::nullopt;
  if (header != 4) throw TruncatedFrame();
  std::uint32_t size = 0;
  for (const std::byte digit : bytes) size = size << 8 | static_cast<std::uint8_t>(digit);
  if (size > max_size) throw FrameTooLarge(size);
  bytes.resize(size);
  if (read_full(fd, bytes) != size) throw TruncatedFrame();
  return bytes;
}
