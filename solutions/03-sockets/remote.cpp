#include "remote.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

using ipc::SystemError;
using ipc::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

void set_option(int socket, int level, int name, int value) {
  if (::setsockopt(socket, level, name, &value, sizeof value) != 0) throw SystemError("setsockopt");
}

// ETIMEDOUT: whoever should have acknowledged something has not. EHOSTUNREACH: and a router, or our
// own kernel, knows that there is nobody.
bool means_vanished(int error) { return error == ETIMEDOUT || error == EHOSTUNREACH; }

// The kernel still counts what was not acknowledged when the connection is over.
std::size_t unacknowledged(int socket) {
  int count = 0;
  if (::ioctl(socket, SIOCOUTQ, &count) != 0) return 0;
  return static_cast<std::size_t>(count);
}

[[noreturn]] void throw_error_of(const char* call, int socket) {
  const int error = errno;
  if (means_vanished(error)) throw PeerVanished(unacknowledged(socket));
  throw SystemError(call, error);
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses addresses_of(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;  // or each address would come once for each type
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  if (error != 0) throw std::invalid_argument(host + ": " + ::gai_strerror(error));
  return {found, &::freeaddrinfo};
}

// The outcome of connect(2) to one address: 0, or an errno.
int connect_within(int socket, const addrinfo& to, std::chrono::seconds limit) {
  const auto deadline = steady_clock::now() + limit;
  // The socket does not block: connect sends the first packet and returns, and the rest is waited
  // for here, with a deadline. A signal interrupts that wait and not the connection.
  if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd event{socket, POLLOUT, 0};
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    ready = ::poll(&event, 1, static_cast<int>(std::max(left.count(), milliseconds::rep{0})));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return errno;
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

void send_all(int socket, const void* data, std::size_t size, int flags) {
  const auto* next = static_cast<const std::byte*>(data);
  while (size > 0) {
    const ssize_t n = ::send(socket, next, size, MSG_NOSIGNAL | flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_error_of("send", socket);
    next += n;
    size -= static_cast<std::size_t>(n);
  }
}

// Takes `size` bytes, or fewer if the stream ends before.
std::size_t receive_all(int socket, void* data, std::size_t size) {
  auto* next = static_cast<std::byte*>(data);
  std::size_t taken = 0;
  while (taken < size) {
    const ssize_t n = ::recv(socket, next + taken, size - taken, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_error_of("recv", socket);
    if (n == 0) break;
    taken += static_cast<std::size_t>(n);
  }
  return taken;
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) {
  const auto seconds = static_cast<int>(limit.count());
  // While we are silent the kernel asks, with packets that carry nothing, whether somebody is
  // there: for the first time after half of the limit, and then each second.
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, std::max(seconds / 2, 1));
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, std::max(seconds - seconds / 2, 1));
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  // While something has not been acknowledged it does not ask: it sends that again, and would do so
  // for a quarter of an hour.
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, seconds * 1000);
}

UniqueFd connect_to_host(const std::string& host, std::uint16_t port, std::chrono::seconds limit) {
  const Addresses addresses = addresses_of(host, port);
  int error = 0;
  for (const addrinfo* to = addresses.get(); to != nullptr; to = to->ai_next) {
    // A socket whose connect has failed is of no use for another one.
    UniqueFd socket(
        ::socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol));
    if (!socket) throw SystemError("socket");
    error = connect_within(socket.get(), *to, limit);
    if (error != 0) continue;
    int blocking = 0;
    if (::ioctl(socket.get(), FIONBIO, &blocking) != 0) throw SystemError("ioctl");
    watch_peer(socket.get(), limit);
    return socket;
  }
  if (means_vanished(error)) throw PeerVanished();
  throw SystemError("connect", error);
}

void send_record(int socket, std::span<const std::byte> bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a record has at most 4294967295 bytes");
  }
  const std::uint32_t size = ::htonl(static_cast<std::uint32_t>(bytes.size()));
  // MSG_MORE: wait for what follows, or the size would travel in a packet of its own.
  send_all(socket, &size, sizeof size, bytes.empty() ? 0 : MSG_MORE);
  send_all(socket, bytes.data(), bytes.size(), 0);
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::uint32_t size = 0;
  const std::size_t came = receive_all(socket, &size, sizeof size);
  if (came == 0) return std::nullopt;
  if (came < sizeof size) throw BadRecord("the stream ends inside the size of a record");
  size = ::ntohl(size);
  if (size > max_size) {
    throw BadRecord("a record of " + std::to_string(size) + " bytes, and at most " +
                    std::to_string(max_size) + " are allowed");
  }
  std::vector<std::byte> bytes(size);
  if (receive_all(socket, bytes.data(), size) < size) {
    throw BadRecord("the stream ends inside a record of " + std::to_string(size) + " bytes");
  }
  return bytes;
}

}  // namespace lab
