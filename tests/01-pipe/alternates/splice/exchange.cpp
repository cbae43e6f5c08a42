#include "exchange.h"

#include <poll.h>

#include "pages.h"

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  const Pages copy({mine});
  std::span<const std::byte> to_send = copy.bytes();
  std::vector<std::byte> received(expected);
  std::span<std::byte> missing(received);
  std::size_t never_came = 0;

  while (!to_send.empty() || !missing.empty()) {
    pollfd both[] = {{to_send.empty() ? -1 : out, POLLOUT, 0},
                     {missing.empty() ? -1 : in, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0) {
      if (errno == EINTR) continue;
      throw ipc::SystemError("poll");
    }
    if (both[0].revents != 0) {
      const ssize_t given = give(out, to_send, SPLICE_F_NONBLOCK);
      if (given >= 0) to_send = to_send.subspan(static_cast<std::size_t>(given));
      if (given < 0 && errno != EINTR && errno != EAGAIN) throw ipc::SystemError("vmsplice");
    }
    if (both[1].revents != 0) {
      const ssize_t got = ::read(in, missing.data(), missing.size());
      if (got < 0 && errno != EINTR && errno != EAGAIN) throw ipc::SystemError("read");
      if (got > 0) missing = missing.subspan(static_cast<std::size_t>(got));
      if (got == 0) {
        never_came = missing.size();
        missing = {};
      }
    }
  }
  received.resize(expected - never_came);
  return received;
}
