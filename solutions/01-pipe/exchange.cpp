#include "exchange.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "common/ipc/system_error.h"

namespace lab {
namespace {

/// Makes a descriptor non-blocking for as long as this object lives.
///
/// The caller gave us a blocking descriptor and gets one back, however we leave. It matters beyond
/// this process: the setting belongs to the open pipe end, and everybody who inherited it shares
/// it.
class NonBlocking {
 public:
  explicit NonBlocking(int fd) : fd_(fd), before_(::fcntl(fd, F_GETFL)) {
    if (before_ < 0 || ::fcntl(fd, F_SETFL, before_ | O_NONBLOCK) < 0) {
      throw ipc::SystemError("fcntl");
    }
  }
  NonBlocking(const NonBlocking&) = delete;
  NonBlocking& operator=(const NonBlocking&) = delete;
  ~NonBlocking() { ::fcntl(fd_, F_SETFL, before_); }

 private:
  int fd_;
  int before_;
};

/// Whether a call failed only for now: try again after the next poll(2).
bool try_again_later() { return errno == EINTR || errno == EAGAIN; }

/// Writes as much of `mine` as the pipe takes now, and shortens it by that.
void write_some(int out, std::span<const std::byte>& mine) {
  const ssize_t written = ::write(out, mine.data(), mine.size());
  if (written >= 0) {
    mine = mine.subspan(static_cast<std::size_t>(written));
  } else if (!try_again_later()) {
    throw ipc::SystemError("write");
  }
}

/// Reads what is there into the front of `missing`, and shortens it by that.
/// @returns false at the end of the stream.
bool read_some(int in, std::span<std::byte>& missing) {
  const ssize_t got = ::read(in, missing.data(), missing.size());
  if (got > 0) {
    missing = missing.subspan(static_cast<std::size_t>(got));
  } else if (got < 0 && !try_again_later()) {
    throw ipc::SystemError("read");
  }
  return got != 0;
}

}  // namespace

std::vector<std::byte> exchange(int out, int in, std::span<const std::byte> mine,
                                std::size_t expected) {
  // poll(2) says that a write would take something, not that it would take everything. A blocking
  // write stays until all is taken, and while it stays nobody reads: the deadlock is back, only
  // rarer. Without blocking it takes what fits and returns.
  const NonBlocking out_does_not_block(out);
  const NonBlocking in_does_not_block(in);

  std::vector<std::byte> received(expected);
  std::span<std::byte> missing(received);
  while (!mine.empty() || !missing.empty()) {
    // One wait for both directions, so that whichever can go on does. A direction that is done is
    // left out (poll ignores -1): it would be ready at every call, and we would spin.
    pollfd directions[] = {
        {mine.empty() ? -1 : out, POLLOUT, 0},
        {missing.empty() ? -1 : in, POLLIN, 0},
    };
    if (::poll(directions, std::size(directions), -1) < 0) {
      if (errno == EINTR) continue;
      throw ipc::SystemError("poll");
    }
    // Any event counts, not POLLOUT and POLLIN alone: that the other side has gone comes as POLLERR
    // or POLLHUP, and it is write(2) and read(2) that say what it means.
    if (directions[0].revents != 0) write_some(out, mine);
    if (directions[1].revents != 0 && !read_some(in, missing)) {
      // The other side has no more to say. It may still listen, so what is left of ours is sent.
      received.resize(received.size() - missing.size());
      missing = {};
    }
  }
  return received;
}

}  // namespace lab
