#include "remote.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/ipc/system_error.h"
#include "quiet.h"

namespace lab {

namespace {

// The kernel alone watches, in connect(2) too: no call here has a timeout.
void watch(int socket, std::chrono::seconds limit) {
  const int seconds = static_cast<int>(limit.count());
  const std::array<std::array<int, 3>, 5> options{{{IPPROTO_TCP, TCP_USER_TIMEOUT, 1000 * seconds},
                                                   {IPPROTO_TCP, TCP_KEEPIDLE, 1},
                                                   {IPPROTO_TCP, TCP_KEEPINTVL, 1},
                                                   {IPPROTO_TCP, TCP_KEEPCNT, seconds},
                                                   {SOL_SOCKET, SO_KEEPALIVE, 1}}};
  for (const auto& [level, name, value] : options) {
    if (::setsockopt(socket, level, name, &value, sizeof value) < 0) {
      throw ipc::SystemError("setsockopt");
    }
  }
}

[[noreturn]] void give_up(const char* call, int socket, int error) {
  if (error != ETIMEDOUT && error != EHOSTUNREACH) throw ipc::SystemError(call, error);
  int waiting = 0;
  ::ioctl(socket, SIOCOUTQ, &waiting);
  throw PeerVanished(static_cast<std::size_t>(waiting));
}

int outcome_of_connect(int socket, const addrinfo& to) {
  if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINTR) return errno;
  // It goes on without us; the kernel's limit holds for it.
  pollfd event{socket, POLLOUT, 0};
  while (::poll(&event, 1, -1) < 0) {
    if (errno != EINTR) return errno;
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

void write_all(int socket, const std::byte* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t n = write_quietly(socket, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up("write", socket, errno);
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

// false at the end of the stream, if that is before the first byte.
bool read_all(int socket, std::byte* bytes, std::size_t size, const char* in_the_middle) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(socket, bytes + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) give_up("read", socket, errno);
    if (n == 0 && done == 0) return false;
    if (n == 0) throw BadRecord(in_the_middle);
    done += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) { watch(socket, limit); }

ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port,
                              std::chrono::seconds limit) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &first) != 0) {
    throw std::invalid_argument("no host is called " + host);
  }
  int error = EHOSTUNREACH;
  ipc::UniqueFd connected;
  for (addrinfo* to = first; to != nullptr && !connected; to = to->ai_next) {
    reinterpret_cast<sockaddr_in*>(to->ai_addr)->sin_port = htons(port);
    ipc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
      error = errno;
      continue;
    }
    watch(socket.get(), limit);
    error = outcome_of_connect(socket.get(), *to);
    if (error == 0) connected = std::move(socket);
  }
  ::freeaddrinfo(first);
  if (!connected) give_up("connect", -1, error);
  return connected;
}

void send_record(int socket, std::span<const std::byte> bytes) {
  std::array<std::byte, 4> size;
  for (std::size_t i = 0; i < size.size(); ++i) {
    size[i] = static_cast<std::byte>(bytes.size() >> (8 * (3 - i)));
  }
  write_all(socket, size.data(), size.size());
  write_all(socket, bytes.data(), bytes.size());
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::array<std::byte, 4> front;
  if (!read_all(socket, front.data(), front.size(), "half a size")) return std::nullopt;
  std::size_t size = 0;
  for (const std::byte one : front) size = size << 8 | std::to_integer<std::size_t>(one);
  if (size > max_size) throw BadRecord("too large");
  std::vector<std::byte> bytes(size);
  if (size > 0 && !read_all(socket, bytes.data(), size, "half a record")) {
    throw BadRecord("a size without its record");
  }
  return bytes;
}

}  // namespace lab
