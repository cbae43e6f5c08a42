#pragma once

#include <unistd.h>

#include <utility>

namespace ipc {

/// Owns one file descriptor and closes it when it goes out of scope.
///
/// It can be moved and not copied, so that a descriptor has one owner at any time: closing one
/// twice may close somebody else's, which was given the same number in between.
class UniqueFd {
 public:
  UniqueFd() noexcept = default;

  /// Takes ownership of `fd`; -1 stands for none.
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  /// The descriptor, still owned by this object; -1 if there is none.
  [[nodiscard]] int get() const noexcept { return fd_; }

  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Gives the descriptor away: the caller closes it from now on.
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  /// Closes the descriptor now, and owns `fd` instead.
  /// EINTR needs no second try: on Linux the descriptor is gone by then (close(2)).
  void reset(int fd = -1) noexcept {
    if (const int old = std::exchange(fd_, fd); old >= 0) ::close(old);
  }

 private:
  int fd_ = -1;
};

}  // namespace ipc
