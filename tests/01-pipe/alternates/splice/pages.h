#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

/// A copy of some bytes in pages of its own.
///
/// vmsplice(2) does not copy: the pipe refers to the pages themselves until somebody has read them.
/// The caller's buffer may change by then, so that it must not be given away. These pages are never
/// written again, and the kernel keeps them for as long as the pipe needs them, even when they are
/// unmapped here.
class Pages {
 public:
  explicit Pages(std::initializer_list<std::span<const std::byte>> parts) {
    for (const auto part : parts) size_ += part.size();
    if (size_ == 0) return;
    void* memory =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw ipc::SystemError("mmap");
    memory_ = static_cast<std::byte*>(memory);
    std::byte* end = memory_;
    for (const auto part : parts) end = std::copy(part.begin(), part.end(), end);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (memory_ != nullptr) ::munmap(memory_, size_);
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_, size_}; }

 private:
  std::byte* memory_ = nullptr;
  std::size_t size_ = 0;
};

/// One call of vmsplice(2), or of write(2) where `fd` is not the write end of a pipe (on a read end
/// vmsplice would read). As they return.
inline ssize_t give(int fd, std::span<const std::byte> bytes, unsigned flags = 0) {
  const int mode = ::fcntl(fd, F_GETFL);
  if (mode >= 0 && (mode & O_ACCMODE) != O_RDONLY) {
    const iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const ssize_t count = ::vmsplice(fd, &part, 1, flags);
    if (count >= 0 || (errno != EBADF && errno != EINVAL)) return count;
  }
  return ::write(fd, bytes.data(), bytes.size());
}

/// Gives all of `bytes`, in as many calls as that takes.
inline void give_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = give(fd, bytes);
    if (count >= 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR) throw ipc::SystemError("vmsplice");
  }
}

/// Moves exactly as many bytes as are asked for from a stream into a pipe of its own, without
/// looking at them, and reads them there.
class Siphon {
 public:
  Siphon() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) throw ipc::SystemError("pipe2");
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
  }

  /// Fills `buffer` from `fd`. @returns how many bytes came before the end.
  std::size_t fill(int fd, std::span<std::byte> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      // The pipe in between holds 64 KiB at least and is empty here, so that this waits for `fd`
      // only.
      const ssize_t moved = ::splice(fd, nullptr, write_end_.get(), nullptr,
                                     std::min<std::size_t>(buffer.size() - filled, 32768), 0);
      if (moved < 0 && errno == EINTR) continue;
      if (moved < 0 && errno == EINVAL) return filled + read_directly(fd, buffer.subspan(filled));
      if (moved < 0) throw ipc::SystemError("splice");
      if (moved == 0) break;
      for (auto left = static_cast<std::size_t>(moved); left > 0;) {
        const ssize_t got = ::read(read_end_.get(), buffer.data() + filled, left);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw ipc::SystemError("read");
        filled += static_cast<std::size_t>(got);
        left -= static_cast<std::size_t>(got);
      }
    }
    return filled;
  }

 private:
  /// For what cannot be spliced, such as a directory: read(2) knows what to say of it.
  static std::size_t read_directly(int fd, std::span<std::byte> buffer) {
    std::size_t filled = 0;
    for (ssize_t got = 1; got != 0 && filled < buffer.size();) {
      got = ::read(fd, buffer.data() + filled, buffer.size() - filled);
      if (got > 0) filled += static_cast<std::size_t>(got);
      if (got < 0 && errno != EINTR) throw ipc::SystemError("read");
    }
    return filled;
  }

  ipc::UniqueFd read_end_, write_end_;
};
