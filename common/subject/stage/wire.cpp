/// On a stage a role has no socket to the judge, because what others can notice would be a step. It
/// writes what it has to say behind what was said before, into memory that the judge reads after
/// the run. Nobody else runs meanwhile.

#include "common/subject/wire.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "common/interleave/core/raw.h"

namespace subject {

namespace {

constexpr int reports = 1002;  // explore::reports_fd

}  // namespace

// The judge is not there, and lets everybody go on.
bool receive_all(int, void*, std::size_t) { return true; }

// @param role  its number among the roles; it becomes the upper half of the frame's kind.
void send_frame(int role, FromRole kind, std::span<const std::byte> first,
                std::span<const std::byte> second) {
  const int saved = errno;
  Frame frame{static_cast<std::uint32_t>(role) << 16 | static_cast<std::uint32_t>(kind),
              static_cast<std::uint32_t>(first.size() + second.size())};
  const iovec parts[3] = {{&frame, sizeof frame},
                          {const_cast<std::byte*>(first.data()), first.size()},
                          {const_cast<std::byte*>(second.data()), second.size()}};
  interleave::raw::call(SYS_writev, reports, parts, 3);
  errno = saved;
}

}  // namespace subject
