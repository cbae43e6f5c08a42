#pragma once

#include <limits.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <vector>

#include "common/ipc/system_error.h"

/// A list of buffers, and how far a transfer has come through it.
class Gather {
 public:
  void add(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    parts_.push_back({const_cast<std::byte*>(bytes.data()), bytes.size()});
    left_ += bytes.size();
  }

  /// The same in pieces of at most `size` bytes.
  void add_in_pieces(std::span<const std::byte> bytes, std::size_t size) {
    for (; bytes.size() > size; bytes = bytes.subspan(size)) add(bytes.first(size));
    add(bytes);
  }

  [[nodiscard]] std::size_t left() const { return left_; }

  /// One call of readv(2) or writev(2) with what is left: what it returned, or -1 with its errno.
  template <class Call>
  ssize_t transfer(Call call, int fd) {
    const auto count = std::min<std::size_t>(parts_.size() - first_, IOV_MAX);
    const ssize_t moved = call(fd, parts_.data() + first_, static_cast<int>(count));
    if (moved > 0) advance(static_cast<std::size_t>(moved));
    return moved;
  }

  /// Transfers all that is left, or up to the end of the stream.
  template <class Call>
  void transfer_all(Call call, const char* name, int fd) {
    while (left_ > 0) {
      const ssize_t moved = transfer(call, fd);
      if (moved == 0) return;
      if (moved < 0 && errno != EINTR) throw ipc::SystemError(name);
    }
  }

 private:
  void advance(std::size_t moved) {
    left_ -= moved;
    while (first_ < parts_.size() && moved >= parts_[first_].iov_len) {
      moved -= parts_[first_++].iov_len;
    }
    if (moved == 0) return;
    iovec& part = parts_[first_];
    part.iov_base = static_cast<std::byte*>(part.iov_base) + moved;
    part.iov_len -= moved;
  }

  std::vector<iovec> parts_;
  std::size_t first_ = 0;
  std::size_t left_ = 0;
};
