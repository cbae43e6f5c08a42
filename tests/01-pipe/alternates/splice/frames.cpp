#include "frames.h"

#include <arpa/inet.h>

#include "pages.h"

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  if (payload.size() > UINT32_MAX) throw std::length_error("longer than 32 bits can say");
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(payload.size()));
  const Pages frame({std::as_bytes(std::span(&length, 1)), payload});
  give_all(fd, frame.bytes());
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  Siphon siphon;
  std::uint32_t length = 0;
  const std::size_t header = siphon.fill(fd, std::as_writable_bytes(std::span(&length, 1)));
  if (header == 0) return std::nullopt;
  if (header < sizeof length) throw TruncatedFrame();
  length = ntohl(length);
  if (length > max_size) throw FrameTooLarge(length);
  std::vector<std::byte> payload(length);
  if (siphon.fill(fd, payload) < length) throw TruncatedFrame();
  return payload;
}
