#include "common/judge/sockets.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"

namespace judge {

using ipc::SystemError;
using ipc::UniqueFd;

SocketPair socket_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) throw SystemError("socketpair");
  return {high(UniqueFd(ends[0])), high(UniqueFd(ends[1]))};
}

void send_with_descriptors(int socket, std::span<const std::byte> data,
                           const std::vector<int>& descriptors) {
  iovec part{const_cast<std::byte*>(data.data()), data.size()};
  alignas(cmsghdr) char room[CMSG_SPACE(32 * sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = room;
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size() * sizeof(int));
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) throw SystemError("sendmsg");
  }
}

std::size_t receive_with_descriptor(int socket, std::span<std::byte> data, UniqueFd& descriptor) {
  iovec part{data.data(), data.size()};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  ssize_t n;
  while ((n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == ECONNRESET) return 0;
    if (errno != EINTR) throw SystemError("recvmsg");
  }
  if (const cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr && c->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
    descriptor = high(UniqueFd(fd));
  }
  return static_cast<std::size_t>(n);
}

}  // namespace judge
