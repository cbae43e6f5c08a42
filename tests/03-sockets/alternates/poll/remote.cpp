#include "remote.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>

#include "common/ipc/system_error.h"
#include "ready.h"

namespace lab {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A call here waits for a short time only, and then looks itself whether the other host still
// answers: what the kernel knows of that stands in TCP_INFO. TCP_USER_TIMEOUT is not used.
constexpr milliseconds between_looks{200};

// The limit, which the socket remembers in an option that means nothing where nobody waits in send;
// 0 if nobody watches.
milliseconds limit_of(int socket) {
  timeval time{};
  socklen_t size = sizeof time;
  if (::getsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, &size) != 0) return {};
  return std::chrono::seconds(time.tv_sec);
}

std::size_t unacknowledged(int socket) {
  int count = 0;
  return ::ioctl(socket, SIOCOUTQ, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

// Something has been under way for as long as the limit, and nothing has been acknowledged.
bool has_vanished(int socket, milliseconds limit, steady_clock::time_point since) {
  if (unacknowledged(socket) == 0 || steady_clock::now() - since < limit) return false;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return milliseconds(info.tcpi_last_ack_recv) >= limit;
}

void await(int socket, short event) {
  const milliseconds limit = limit_of(socket);
  if (limit == milliseconds{0}) return wait_until(socket, event);
  const auto since = steady_clock::now();
  pollfd ready{socket, event, 0};
  int count = 0;
  while ((count = ::poll(&ready, 1, static_cast<int>(between_looks.count()))) <= 0) {
    if (count < 0 && errno != EINTR) throw ipc::SystemError("poll");
    if (has_vanished(socket, limit, since)) throw PeerVanished(unacknowledged(socket));
  }
}

[[noreturn]] void fail(const char* call, int socket) {
  const int error = errno;
  if (error == ETIMEDOUT || error == EHOSTUNREACH) throw PeerVanished(unacknowledged(socket));
  throw ipc::SystemError(call, error);
}

void put(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    await(socket, POLLOUT);
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (!not_now()) {
      fail("send", socket);
    }
  }
}

std::size_t get(int socket, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    await(socket, POLLIN);
    const ssize_t n = ::recv(socket, bytes.data() + done, bytes.size() - done, MSG_DONTWAIT);
    if (n == 0) break;
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (!not_now()) {
      fail("recv", socket);
    }
  }
  return done;
}

// 0, or an errno.
int outcome(int socket, const sockaddr* name, socklen_t size, std::chrono::seconds limit) {
  if (::connect(socket, name, size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  const auto end = steady_clock::now() + limit;
  pollfd event{socket, POLLOUT, 0};
  while (::poll(&event, 1, static_cast<int>(between_looks.count())) <= 0) {
    if (steady_clock::now() >= end) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t room = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &room);
  return error;
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) {
  const auto set = [socket](int level, int name, const auto& value) {
    if (::setsockopt(socket, level, name, &value, sizeof value) != 0) {
      throw ipc::SystemError("setsockopt");
    }
  };
  const int seconds = static_cast<int>(limit.count());
  set(SOL_SOCKET, SO_SNDTIMEO, timeval{limit.count(), 0});
  // While nothing is under way the kernel asks by itself, and says ETIMEDOUT after so many
  // questions.
  set(IPPROTO_TCP, TCP_KEEPIDLE, 1);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, seconds - 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
}

ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port,
                              std::chrono::seconds limit) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    throw std::invalid_argument("no host is called " + host);
  }
  // Each address stands there once for each type of socket.
  std::vector<sockaddr_in> names;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    if (one->ai_socktype != SOCK_STREAM) continue;
    names.push_back(*reinterpret_cast<const sockaddr_in*>(one->ai_addr));
    names.back().sin_port = htons(port);
  }
  ::freeaddrinfo(found);
  int error = 0;
  for (const sockaddr_in& name : names) {
    ipc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) throw ipc::SystemError("socket");
    error = outcome(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name, limit);
    if (error != 0) continue;
    int no = 0;
    ::ioctl(socket.get(), FIONBIO, &no);
    watch_peer(socket.get(), limit);
    return socket;
  }
  if (error == ETIMEDOUT || error == EHOSTUNREACH) throw PeerVanished();
  throw ipc::SystemError("connect", error);
}

void send_record(int socket, std::span<const std::byte> bytes) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(bytes.size()));
  put(socket, std::as_bytes(std::span(&size, 1)));
  put(socket, bytes);
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::uint32_t size = 0;
  const std::size_t came = get(socket, std::as_writable_bytes(std::span(&size, 1)));
  if (came == 0) return std::nullopt;
  if (came < sizeof size || ntohl(size) > max_size) throw BadRecord("no size, or too large a one");
  std::vector<std::byte> bytes(ntohl(size));
  if (get(socket, bytes) < bytes.size()) throw BadRecord("the stream has ended in a record");
  return bytes;
}

}  // namespace lab
