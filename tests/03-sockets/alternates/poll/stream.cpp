#include "stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <stdexcept>

#include "ready.h"

namespace lab {

namespace {

struct Address {
  explicit Address(const std::string& path) {
    if (path.size() + 1 > sizeof name.sun_path) throw std::length_error("path too long");
    name.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), name.sun_path);
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&name); }
  sockaddr_un name{};
  socklen_t size;
};

ipc::UniqueFd connected(const Address& address) {
  while (true) {
    // After an interruption with a new socket: then nothing has to be known about the old one.
    ipc::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) throw ipc::SystemError("socket");
    if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
    if (errno != EINTR) throw ipc::SystemError("connect");
  }
}

bool somebody_listens(const Address& address) {
  try {
    connected(address);
    return true;
  } catch (const ipc::SystemError& e) {
    return e.error() != ECONNREFUSED && e.error() != ENOENT;
  }
}

}  // namespace

Listener::Listener(const std::string& path)
    : path_(path), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  const Address address(path);
  if (!socket_) throw ipc::SystemError("socket");
  // Looks first, and binds afterwards.
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode) || somebody_listens(address)) {
      throw ipc::SystemError("bind", EADDRINUSE);
    }
    ::unlink(path.c_str());
  }
  if (::bind(socket_.get(), address.get(), address.size) != 0) throw ipc::SystemError("bind");
  if (::listen(socket_.get(), 200) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    throw ipc::SystemError("listen", error);
  }
}

Listener::~Listener() {
  socket_.reset();
  ::unlink(path_.c_str());
}

ipc::UniqueFd Listener::accept() {
  while (true) {
    wait_until(socket_.get(), POLLIN);
    ipc::UniqueFd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (fd) return fd;
    if (!not_now() && errno != ECONNABORTED) throw ipc::SystemError("accept");
  }
}

ipc::UniqueFd connect_to(const std::string& path) { return connected(Address(path)); }

void send_all(int socket, std::span<const std::byte> bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    wait_until(socket, POLLOUT);
    const auto rest = bytes.subspan(sent);
    const ssize_t n = ::send(socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<std::size_t>(n);
    } else if (!not_now()) {
      throw ipc::SystemError("send");
    }
  }
}

std::size_t receive_some(int socket, std::span<std::byte> buffer) {
  while (true) {
    wait_until(socket, POLLIN);
    const ssize_t n = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (!not_now()) throw ipc::SystemError("recv");
  }
}

std::vector<std::byte> receive_all(int socket) {
  std::vector<std::byte> all;
  std::size_t size = 0;
  do {
    all.resize(std::max<std::size_t>(2 * size, 1024));
    const std::size_t n = receive_some(socket, std::span(all).subspan(size));
    if (n == 0) break;
    size += n;
  } while (true);
  all.resize(size);
  return all;
}

void finish_sending(int socket) {
  if (::shutdown(socket, SHUT_WR) < 0) throw ipc::SystemError("shutdown");
}

}  // namespace lab
