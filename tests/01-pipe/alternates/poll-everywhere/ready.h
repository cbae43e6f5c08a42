#pragma once

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>

#include "common/ipc/system_error.h"

/// Waits until one of `wanted` is ready.
inline void wait_until_ready(std::span<pollfd> wanted) {
  while (::poll(wanted.data(), wanted.size(), -1) < 0) {
    if (errno != EINTR) throw ipc::SystemError("poll");
  }
}

/// Waits until `fd` is ready for `events`. Does not wait for what can never be: a descriptor that
/// is not open, or the wrong end of a pipe. Trying then tells which it is.
inline void wait_until_ready(int fd, short events) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == (events == POLLOUT ? O_RDONLY : O_WRONLY)) return;
  pollfd one{fd, events, 0};
  wait_until_ready({&one, 1});
}

/// What a pipe that is ready takes without blocking. 0 if it takes nothing after all.
inline std::size_t put_some(int fd, std::span<const std::byte> bytes) {
  const ssize_t count = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
  if (count < 0 && errno != EINTR && errno != EAGAIN) throw ipc::SystemError("write");
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

/// What a pipe that is ready gives without blocking; `ended` is set at the end of the stream.
inline std::size_t take_some(int fd, std::span<std::byte> buffer, bool& ended) {
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0 && errno != EINTR && errno != EAGAIN) throw ipc::SystemError("read");
  ended = count == 0;
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}
