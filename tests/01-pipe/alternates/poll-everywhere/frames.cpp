#include "frames.h"

#include <endian.h>

#include <cstring>

#include "ready.h"
#include "stream.h"

namespace {

/// Collects the bytes of one frame as they come.
class Assembly {
 public:
  explicit Assembly(std::size_t max_size) : max_size_(max_size) {}

  /// Where the next bytes go: never more than are missing of the header, or then of the payload.
  std::span<std::byte> missing() {
    return header_size_ < sizeof header_ ? std::span(header_).subspan(header_size_)
                                         : std::span(payload_).subspan(payload_size_);
  }

  void arrived(std::size_t count) {
    if (header_size_ == sizeof header_) {
      payload_size_ += count;
    } else if ((header_size_ += count) == sizeof header_) {
      std::uint32_t length;
      std::memcpy(&length, header_, sizeof length);
      length = be32toh(length);
      if (length > max_size_) throw lab::FrameTooLarge(length);
      payload_.resize(length);
    }
  }

  [[nodiscard]] bool begun() const { return header_size_ > 0; }
  std::vector<std::byte> payload() && { return std::move(payload_); }

 private:
  std::size_t max_size_;
  std::byte header_[4] = {};
  std::size_t header_size_ = 0, payload_size_ = 0;
  std::vector<std::byte> payload_;
};

}  // namespace

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  if (payload.size() >= std::size_t{1} << 32) throw std::length_error("frame too long");
  const std::uint32_t length = htobe32(static_cast<std::uint32_t>(payload.size()));
  write_all(fd, std::as_bytes(std::span(&length, 1)));
  write_all(fd, payload);
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  Assembly frame(max_size);
  while (!frame.missing().empty()) {
    wait_until_ready(fd, POLLIN);
    bool ended = false;
    frame.arrived(take_some(fd, frame.missing(), ended));
    if (ended && frame.begun()) throw TruncatedFrame();
    if (ended) return std::nullopt;
  }
  return std::move(frame).payload();
}
