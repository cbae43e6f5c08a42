#include "passing.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

using ipc::SystemError;

namespace {

/// Room for the control message with all the descriptors that one message can have. The kernel
/// wants it aligned as a cmsghdr is, which an array of bytes need not be.
struct Control {
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * most_descriptors)> bytes{};
};

}  // namespace

void send_message(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
  if (bytes.empty()) throw std::invalid_argument("a message has at least one byte");
  if (descriptors.size() > most_descriptors) throw std::invalid_argument("too many descriptors");
  iovec data{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  Control control;
  if (!descriptors.empty()) {
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    // The length without the padding behind it: the kernel counts descriptors by it.
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) throw SystemError("sendmsg");
  }
}

std::optional<Message> receive_message(int socket, std::size_t max_bytes,
                                       std::size_t max_descriptors) {
  Message result;
  result.bytes.resize(max_bytes);
  result.descriptors.reserve(most_descriptors);  // before any has come, because this can throw
  iovec data{result.bytes.data(), result.bytes.size()};
  // Always room for all that can come: CMSG_SPACE is rounded up, so that a buffer "for one" may
  // hold two. Counting what has come is the only way to know.
  Control control;
  msghdr message{};
  ssize_t n = 0;
  do {
    message = {};  // recvmsg(2) writes into it
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  if (n < 0) throw SystemError("recvmsg");

  // First of all, owners for what has come: from here on nothing that is thrown can leak it.
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
      result.descriptors.emplace_back(fd);
    }
  }
  // MSG_CTRUNC: descriptors were lost, because we may have no more open ones, for example.
  if ((message.msg_flags & MSG_CTRUNC) != 0 || result.descriptors.size() > max_descriptors) {
    throw MessageTooLarge("a message with too many descriptors");
  }
  if ((message.msg_flags & MSG_TRUNC) != 0) throw MessageTooLarge("a message with too many bytes");
  if (n == 0) return std::nullopt;
  result.bytes.resize(static_cast<std::size_t>(n));
  return result;
}

Identity identity_of_peer(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    throw SystemError("getsockopt");
  }
  return {credentials.pid, credentials.uid, credentials.gid};
}

}  // namespace lab
