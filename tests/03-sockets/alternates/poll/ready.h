#pragma once

#include <poll.h>

#include <cerrno>

#include "common/ipc/system_error.h"

/// Waits until `fd` can be read from (POLLIN) or written to (POLLOUT).
inline void wait_until(int fd, short event) {
  pollfd ready{fd, event, 0};
  while (::poll(&ready, 1, -1) < 0) {
    if (errno != EINTR) throw ipc::SystemError("poll");
  }
}

inline bool not_now() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }
