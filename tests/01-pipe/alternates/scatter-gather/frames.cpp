#include "frames.h"

#include <array>

#include "gather.h"

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  if (payload.size() != static_cast<std::uint32_t>(payload.size())) {
    throw std::length_error("the payload is longer than a header can say");
  }
  std::array<std::byte, 4> header;
  for (unsigned i = 0; i < 4; ++i) header[3 - i] = static_cast<std::byte>(payload.size() >> 8 * i);
  Gather frame;
  frame.add(header);
  frame.add_in_pieces(payload, 1 << 16);
  frame.transfer_all(::writev, "writev", fd);
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  std::array<std::byte, 4> header;
  Gather front;
  front.add_in_pieces(header, 1);
  front.transfer_all(::readv, "readv", fd);
  if (front.left() == header.size()) return std::nullopt;
  if (front.left() > 0) throw TruncatedFrame();

  std::uint32_t length = 0;
  for (const std::byte digit : header) {
    length = length * 256 + static_cast<std::uint32_t>(digit);
  }
  if (length > max_size) throw FrameTooLarge(length);
  std::vector<std::byte> payload(length);
  Gather rest;
  rest.add_in_pieces(payload, 5000);
  rest.transfer_all(::readv, "readv", fd);
  if (rest.left() > 0) throw TruncatedFrame();
  return payload;
}
