#include "remote.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <memory>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

using ipc::SystemError;
using ipc::UniqueFd;

[[noreturn]] void raise(const char* call, int socket, int error = errno) {
  if (error != ETIMEDOUT && error != EHOSTUNREACH) throw SystemError(call, error);
  int count = 0;
  ::ioctl(socket, SIOCOUTQ, &count);
  throw PeerVanished(static_cast<std::size_t>(count));
}

void option(int socket, int level, int name, int value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) != 0) throw SystemError("setsockopt");
}

// Moves all bytes of `parts` with calls of `move`, which takes what is left of them; false if a
// call moves none.
bool move_all(int socket, std::span<iovec> parts, std::size_t& moved,
              const std::function<ssize_t(std::span<iovec>)>& move, const char* call) {
  while (true) {
    while (!parts.empty() && parts.front().iov_len == 0) parts = parts.subspan(1);
    if (parts.empty()) return true;
    const ssize_t n = move(parts);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) raise(call, socket);
    if (n == 0) return false;
    moved += static_cast<std::size_t>(n);
    auto left = static_cast<std::size_t>(n);
    for (iovec& part : parts) {
      const std::size_t taken = std::min(left, part.iov_len);
      part.iov_base = static_cast<std::byte*>(part.iov_base) + taken;
      part.iov_len -= taken;
      left -= taken;
    }
  }
}

std::size_t read_all(int socket, void* into, std::size_t size) {
  iovec part{into, size};
  std::size_t moved = 0;
  move_all(
      socket, std::span(&part, 1), moved,
      [&](std::span<iovec> parts) {
        return ::readv(socket, parts.data(), static_cast<int>(parts.size()));
      },
      "readv");
  return moved;
}

// The limit is a timer among the events.
int connect_before(int timer, int socket, const addrinfo& to) {
  if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const UniqueFd events(::epoll_create1(EPOLL_CLOEXEC));
  if (!events) return errno;
  epoll_event of_socket{EPOLLOUT, {.fd = socket}}, of_timer{EPOLLIN, {.fd = timer}};
  ::epoll_ctl(events.get(), EPOLL_CTL_ADD, socket, &of_socket);
  ::epoll_ctl(events.get(), EPOLL_CTL_ADD, timer, &of_timer);
  epoll_event event{};
  while (::epoll_wait(events.get(), &event, 1, -1) < 0) {
    if (errno != EINTR) return errno;
  }
  if (event.data.fd == timer) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) {
  const int seconds = static_cast<int>(limit.count());
  option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000 * seconds);
}

UniqueFd connect_to_host(const std::string& host, std::uint16_t port, std::chrono::seconds limit) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_protocol = IPPROTO_TCP;
  addrinfo* list = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) {
    throw std::invalid_argument("there is no " + host);
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &::freeaddrinfo);
  int error = 0;
  for (; list != nullptr; list = list->ai_next) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
    if (!socket || !timer) throw SystemError("socket, or timerfd_create");
    const itimerspec when{{}, {limit.count(), 0}};
    ::timerfd_settime(timer.get(), 0, &when, nullptr);
    error = connect_before(timer.get(), socket.get(), *list);
    if (error != 0) continue;
    int off = 0;
    ::ioctl(socket.get(), FIONBIO, &off);
    watch_peer(socket.get(), limit);
    return socket;
  }
  raise("connect", -1, error);
}

void send_record(int socket, std::span<const std::byte> bytes) {
  std::uint32_t size = htonl(static_cast<std::uint32_t>(bytes.size()));
  std::array<iovec, 2> parts{
      {{&size, sizeof size}, {const_cast<std::byte*>(bytes.data()), bytes.size()}}};
  std::size_t moved = 0;
  move_all(
      socket, parts, moved,
      [&](std::span<iovec> left) {
        msghdr message{};
        message.msg_iov = left.data();
        message.msg_iovlen = left.size();
        return ::sendmsg(socket, &message, MSG_NOSIGNAL);
      },
      "sendmsg");
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::uint32_t size = 0;
  const std::size_t front = read_all(socket, &size, sizeof size);
  if (front == 0) return std::nullopt;
  if (front < sizeof size) throw BadRecord("less than a size");
  size = ntohl(size);
  if (size > max_size) throw BadRecord("more than is allowed");
  std::vector<std::byte> bytes(size);
  if (read_all(socket, bytes.data(), size) < size) throw BadRecord("less than a record");
  return bytes;
}

}  // namespace lab
