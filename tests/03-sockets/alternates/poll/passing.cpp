#include "passing.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "ready.h"

namespace lab {

void send_message(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors) {
  if (bytes.empty() || descriptors.size() > most_descriptors) {
    throw std::invalid_argument("a message has at least one byte, and not too many descriptors");
  }
  const std::size_t size = descriptors.size_bytes();
  // A vector of headers is aligned as a header has to be.
  std::vector<cmsghdr> control(CMSG_SPACE(size) / sizeof(cmsghdr) + 1);
  control[0].cmsg_level = SOL_SOCKET;
  control[0].cmsg_type = SCM_RIGHTS;
  control[0].cmsg_len = CMSG_LEN(size);
  std::copy_n(reinterpret_cast<const char*>(descriptors.data()), size,
              reinterpret_cast<char*>(CMSG_DATA(control.data())));
  iovec data{const_cast<std::byte*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (size > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(size);
  }
  do {
    wait_until(socket, POLLOUT);
    if (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return;
  } while (not_now());
  throw ipc::SystemError("sendmsg");
}

std::optional<Message> receive_message(int socket, std::size_t max_bytes,
                                       std::size_t max_descriptors) {
  // Room for one more byte than may come: then it is the count that tells.
  std::vector<std::byte> bytes(max_bytes + 1);
  std::vector<cmsghdr> control(CMSG_SPACE(sizeof(int) * max_descriptors) / sizeof(cmsghdr) + 1);
  iovec data{bytes.data(), bytes.size()};
  msghdr message{};
  ssize_t n = -1;
  do {
    wait_until(socket, POLLIN);
    message = {nullptr, 0, &data, 1, control.data(), control.size() * sizeof(cmsghdr), 0};
    n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (n < 0 && not_now());
  if (n < 0) throw ipc::SystemError("recvmsg");
  Message result;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    const auto* numbers = reinterpret_cast<const int*>(CMSG_DATA(header));
    for (std::size_t i = 0; CMSG_LEN(i * sizeof(int)) < header->cmsg_len; ++i) {
      result.descriptors.emplace_back(numbers[i]);
    }
  }
  if (result.descriptors.size() > max_descriptors || (message.msg_flags & MSG_CTRUNC) != 0 ||
      static_cast<std::size_t>(n) > max_bytes) {
    throw MessageTooLarge("the message does not fit");
  }
  if (n == 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(n));
  result.bytes = std::move(bytes);
  return result;
}

Identity identity_of_peer(int socket) {
  ucred who;
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0) {
    throw ipc::SystemError("getsockopt");
  }
  return Identity{.pid = who.pid, .uid = who.uid, .gid = who.gid};
}

}  // namespace lab
