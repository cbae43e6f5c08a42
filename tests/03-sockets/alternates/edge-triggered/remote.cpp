#include "remote.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

template <class Value>
void set(int socket, int level, int option, const Value& value) {
  if (::setsockopt(socket, level, option, &value, sizeof value) != 0) {
    throw ipc::SystemError("setsockopt");
  }
}

[[noreturn]] void fail(const char* call, int socket, int error) {
  if (error == ETIMEDOUT || error == EHOSTUNREACH) {
    int left = 0;
    if (::ioctl(socket, SIOCOUTQ, &left) != 0) left = 0;
    throw PeerVanished(static_cast<std::size_t>(left));
  }
  throw ipc::SystemError(call, error);
}

// connect(2) gives up after SO_SNDTIMEO, with EINPROGRESS. On Linux a blocking socket may be told
// again to connect after a signal, and waits on; if it is too late then, it says EALREADY.
int connect_within(int socket, const addrinfo& to, std::chrono::seconds limit) {
  set(socket, SOL_SOCKET, SO_SNDTIMEO, timeval{limit.count(), 0});
  int result = 0;
  do {
    result = ::connect(socket, to.ai_addr, to.ai_addrlen);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return errno == EINPROGRESS || errno == EALREADY ? ETIMEDOUT : errno;
  set(socket, SOL_SOCKET, SO_SNDTIMEO, timeval{0, 0});
  return 0;
}

std::size_t take(int socket, std::byte* bytes, std::size_t size) {
  std::size_t taken = 0;
  while (taken < size) {
    const ssize_t n = ::recv(socket, bytes + taken, size - taken, MSG_WAITALL);
    if (n == 0) break;
    if (n > 0) {
      taken += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      fail("recv", socket, errno);
    }
  }
  return taken;
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) {
  const int seconds = static_cast<int>(limit.count());
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds - 1);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, 1);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(seconds) * 1000U);
}

ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port,
                              std::chrono::seconds limit) {
  const addrinfo wanted{AI_NUMERICSERV, AF_INET, SOCK_STREAM, 0, 0, nullptr, nullptr, nullptr};
  struct List {
    ~List() {
      if (first != nullptr) ::freeaddrinfo(first);
    }
    addrinfo* first = nullptr;
  } found;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found.first) != 0) {
    throw std::invalid_argument("who is " + host + "?");
  }
  int error = 0;
  for (const addrinfo* to = found.first; to != nullptr; to = to->ai_next) {
    ipc::UniqueFd socket(::socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) throw ipc::SystemError("socket");
    error = connect_within(socket.get(), *to, limit);
    if (error != 0) continue;
    watch_peer(socket.get(), limit);
    return socket;
  }
  fail("connect", -1, error);
}

// In one piece, at the cost of a copy.
void send_record(int socket, std::span<const std::byte> bytes) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(bytes.size()));
  std::vector<std::byte> all(sizeof size + bytes.size());
  std::memcpy(all.data(), &size, sizeof size);
  std::copy(bytes.begin(), bytes.end(), all.begin() + sizeof size);
  for (std::size_t sent = 0; sent < all.size();) {
    const ssize_t n = ::send(socket, all.data() + sent, all.size() - sent, MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      fail("send", socket, errno);
    }
  }
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::byte front[4];
  const std::size_t came = take(socket, front, sizeof front);
  if (came == 0) return {};
  if (came < sizeof front) throw BadRecord("the size is incomplete");
  std::uint32_t size = 0;
  std::memcpy(&size, front, sizeof size);
  size = ntohl(size);
  if (size > max_size) throw BadRecord("too large");
  std::vector<std::byte> bytes(size);
  if (take(socket, bytes.data(), size) != size) throw BadRecord("the record is incomplete");
  return bytes;
}

}  // namespace lab
