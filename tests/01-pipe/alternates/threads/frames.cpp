#include "frames.h"

#include <bit>
#include <cstring>

#include "stream.h"

namespace {

constexpr std::uint32_t swapped_where_needed(std::uint32_t number) {
  if constexpr (std::endian::native == std::endian::big) return number;
  return __builtin_bswap32(number);
}

}  // namespace

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  if (payload.size() > UINT32_MAX) throw std::length_error("write_frame");
  const std::uint32_t header = swapped_where_needed(static_cast<std::uint32_t>(payload.size()));
  std::vector<std::byte> frame(sizeof header + payload.size());
  std::memcpy(frame.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(&frame[sizeof header], payload.data(), payload.size());
  write_all(fd, frame);
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  std::uint32_t size;
  switch (read_full(fd, std::as_writable_bytes(std::span(&size, 1)))) {
    case 0:
      return std::nullopt;
    case 1:
    case 2:
    case 3:
      throw TruncatedFrame();
    default:
      size = swapped_where_needed(size);
  }
  if (max_size < size) throw FrameTooLarge(size);
  auto payload = std::make_optional<std::vector<std::byte>>(size);
  return read_full(fd, *payload) == size ? std::move(payload) : throw TruncatedFrame();
}
