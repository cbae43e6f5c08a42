#include "common/subject/wire.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace subject {

bool receive_all(int socket, void* data, std::size_t size) {
  auto* at = static_cast<char*>(data);
  while (size > 0) {
    const long n = ::syscall(SYS_recvfrom, socket, at, size, 0, nullptr, nullptr);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void send_frame(int socket, FromRole kind, std::span<const std::byte> first,
                std::span<const std::byte> second) {
  const int saved = errno;
  Frame frame{static_cast<std::uint32_t>(kind),
              static_cast<std::uint32_t>(first.size() + second.size())};
  iovec parts[3] = {{&frame, sizeof frame},
                    {const_cast<std::byte*>(first.data()), first.size()},
                    {const_cast<std::byte*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 3;
  std::size_t left = sizeof frame + first.size() + second.size();
  while (left > 0) {
    const long n = ::syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    left -= static_cast<std::size_t>(n);
    for (auto taken = static_cast<std::size_t>(n); taken > 0;) {
      iovec& part = *message.msg_iov;
      if (taken < part.iov_len) {
        part.iov_base = static_cast<char*>(part.iov_base) + taken;
        part.iov_len -= taken;
        break;
      }
      taken -= part.iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
  }
  errno = saved;
}

}  // namespace subject
