#include "stream.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

using ipc::SystemError;
using ipc::UniqueFd;

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Linux would also take a name that fills sun_path and has no NUL, but others could not read it.
  if (path.size() >= sizeof address.sun_path) {
    throw std::length_error("the path of a socket has at most " +
                            std::to_string(sizeof address.sun_path - 1) + " bytes, and this has " +
                            std::to_string(path.size()) + ": " + path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd stream_socket() {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw SystemError("socket");
  return socket;
}

int call_connect(int socket, const sockaddr_un& address) {
  // A local connect that a signal interrupts has not begun: unlike TCP's, it can be called again.
  int result = 0;
  do {
    result = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } while (result != 0 && errno == EINTR);
  return result;
}

int call_bind(int socket, const sockaddr_un& address) {
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// Whether a socket file stands there that nobody listens at any more. Only connect(2) can tell.
bool is_stale(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const UniqueFd probe = stream_socket();
  return call_connect(probe.get(), address) != 0 && errno == ECONNREFUSED;
}

}  // namespace

Listener::Listener(const std::string& path) : path_(path) {
  const sockaddr_un address = address_of(path);
  socket_ = stream_socket();
  if (call_bind(socket_.get(), address) != 0) {
    if (errno != EADDRINUSE) throw SystemError("bind");
    if (!is_stale(address)) throw SystemError("bind", EADDRINUSE);
    ::unlink(path.c_str());
    if (call_bind(socket_.get(), address) != 0) throw SystemError("bind");
  }
  if (::listen(socket_.get(), SOMAXCONN) != 0) {
    const int error = errno;  // before unlink(2) can change it
    // A constructor that throws has no destructor that would do it.
    ::unlink(path.c_str());
    throw SystemError("listen", error);
  }
}

Listener::~Listener() {
  // The name first: as long as it is there, who listens at it should be alive.
  ::unlink(path_.c_str());
}

UniqueFd Listener::accept() {
  while (true) {
    UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) return client;
    if (errno != EINTR && errno != ECONNABORTED) throw SystemError("accept");
  }
}

UniqueFd connect_to(const std::string& path) {
  const sockaddr_un address = address_of(path);
  UniqueFd socket = stream_socket();
  if (call_connect(socket.get(), address) != 0) throw SystemError("connect");
  return socket;
}

void send_all(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    // MSG_NOSIGNAL: a library does not decide what SIGPIPE does to the program that it is in.
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EINTR) continue;
      throw SystemError("send");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

std::size_t receive_some(int socket, std::span<std::byte> buffer) {
  while (true) {
    const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw SystemError("recv");
  }
}

std::vector<std::byte> receive_all(int socket) {
  std::vector<std::byte> all;
  std::array<std::byte, 16 * 1024> piece;
  while (const std::size_t n = receive_some(socket, piece)) {
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
  }
  return all;
}

void finish_sending(int socket) {
  // Not close(2): that would end both directions, and only when no copy of the descriptor is left.
  if (::shutdown(socket, SHUT_WR) != 0) throw SystemError("shutdown");
}

}  // namespace lab
