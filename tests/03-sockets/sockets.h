#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"
#include "common/judge/peer.h"

/// The judge's ends of connections: what comes out of them, no submission can forge.
namespace sockets {

/// A stream socket that the judge holds one end of: writes what it is told, reads what comes.
class Conversation : public judge::Peer {
 public:
  /// With nobody yet: see `arrive`.
  Conversation() = default;
  explicit Conversation(ipc::UniqueFd socket) { arrive(std::move(socket)); }

  void arrive(ipc::UniqueFd socket) {
    socket_ = std::move(socket);
    ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
    struct stat status {};
    if (::fstat(socket_.get(), &status) == 0) inode_ = status.st_ino;
    act();
  }

  /// Sends this, too.
  void say(std::string_view text) {
    unsent_ += text;
    act();
  }
  /// No more will be said: shuts this direction down when all has been sent.
  void finish() {
    finishing_ = true;
    act();
  }
  /// Closes the socket, whatever is in it.
  void leave() { socket_.reset(); }
  void pause(bool paused) { paused_ = paused; }
  [[nodiscard]] bool paused() const { return paused_; }

  [[nodiscard]] const std::string& heard() const { return heard_; }
  void forget() { heard_.clear(); }
  /// The other side has ended its stream, or the connection.
  [[nodiscard]] bool at_end() const { return at_end_; }
  /// How much has been taken by the kernel, or by the other side.
  [[nodiscard]] std::size_t said() const { return said_; }
  [[nodiscard]] bool all_said() const { return unsent_.empty(); }
  [[nodiscard]] bool broken() const { return broken_; }

  [[nodiscard]] pollfd interest() const override {
    if (!socket_) return {-1, 0, 0};
    short events = 0;
    if (!paused_ && !at_end_) events |= POLLIN;
    if (!unsent_.empty() && !broken_) events |= POLLOUT;
    // Or poll(2) would tell of the other side's end again and again.
    if (events == 0) return {-1, 0, 0};
    return {socket_.get(), events, 0};
  }

  void act() override {
    send();
    receive();
  }

 private:
  void send() {
    while (socket_ && !broken_ && !unsent_.empty()) {
      const ssize_t n = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (n < 0) {
        broken_ = errno != EAGAIN && errno != EINTR;
        return;
      }
      said_ += static_cast<std::size_t>(n);
      unsent_.erase(0, static_cast<std::size_t>(n));
    }
    if (socket_ && finishing_ && unsent_.empty()) {
      ::shutdown(socket_.get(), SHUT_WR);
      finishing_ = false;
    }
  }

  void receive() {
    static thread_local std::array<char, 1 << 16> piece;
    while (socket_ && !paused_ && !at_end_) {
      const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) {
        at_end_ = true;
      } else {
        heard_.append(piece.data(), static_cast<std::size_t>(n));
      }
      if (heard_.size() > most) leave();  // whoever says so much says too much
    }
  }

  static constexpr std::size_t most = 32U << 20;

  ipc::UniqueFd socket_;
  std::string unsent_, heard_;
  std::size_t said_ = 0;
  bool finishing_ = false, paused_ = false, at_end_ = false, broken_ = false;
};

/// A place where clients arrive: the listening socket is a role's, and the judge is the clients.
class Door {
 public:
  Door() : listener_(judge::high(ipc::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)))) {
    // An address of the family alone: the kernel finds a name that nobody has, without a file.
    address_.sun_family = AF_UNIX;
    if (::bind(listener_.get(), address(), sizeof(sa_family_t)) != 0)
      throw ipc::SystemError("bind");
    size_ = sizeof address_;
    if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address_), &size_) != 0) {
      throw ipc::SystemError("getsockname");
    }
    if (::listen(listener_.get(), SOMAXCONN) != 0) throw ipc::SystemError("listen");
  }

  /// The listening socket, for the role. Call it once.
  ipc::UniqueFd listener() { return std::move(listener_); }

  /// One more client. If nobody listens any more, it is told the end at once.
  [[nodiscard]] ipc::UniqueFd connect() const {
    ipc::UniqueFd socket(
        judge::high(ipc::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))));
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    (void)::connect(socket.get(), address(), size_);
    return socket;
  }

 private:
  [[nodiscard]] const sockaddr* address() const {
    return reinterpret_cast<const sockaddr*>(&address_);
  }

  ipc::UniqueFd listener_;
  sockaddr_un address_{};
  socklen_t size_ = 0;
};

/// A connected pair; the judge keeps one end.
struct Pair {
  /// @param type  SOCK_STREAM or SOCK_SEQPACKET.
  explicit Pair(int type) {
    int ends[2];
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
      throw ipc::SystemError("socketpair");
    }
    ours = judge::high(ipc::UniqueFd(ends[0]));
    theirs = judge::high(ipc::UniqueFd(ends[1]));
  }
  ipc::UniqueFd ours, theirs;
};

/// A message, with descriptors that have come along or are to.
struct Packet {
  std::string bytes;
  std::vector<ipc::UniqueFd> descriptors = {};
};

/// The judge's end of a SOCK_SEQPACKET connection: sends packets at once, and takes what comes.
class Packets : public judge::Peer {
 public:
  explicit Packets(ipc::UniqueFd socket) : socket_(std::move(socket)) {
    ::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
  }

  void send(const Packet& packet) {
    iovec data{const_cast<char*>(packet.bytes.data()), packet.bytes.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (const std::size_t count = packet.descriptors.size(); count > 0) {
      message.msg_control = control_.data();
      message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      *header = {CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
      for (std::size_t i = 0; i < count; ++i) {
        const int fd = packet.descriptors[i].get();
        std::memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
      }
    }
    if (::sendmsg(socket_.get(), &message, MSG_NOSIGNAL) < 0) throw ipc::SystemError("sendmsg");
  }
  /// No more will be sent.
  void finish() { ::shutdown(socket_.get(), SHUT_WR); }
  void leave() { socket_.reset(); }

  [[nodiscard]] const std::vector<Packet>& came() const { return came_; }

  [[nodiscard]] pollfd interest() const override {
    return {socket_ && !at_end_ ? socket_.get() : -1, POLLIN, 0};
  }

  void act() override {
    static thread_local std::array<char, 1 << 16> piece;
    while (socket_ && !at_end_) {
      iovec data{piece.data(), piece.size()};
      msghdr message{};
      message.msg_iov = &data;
      message.msg_iovlen = 1;
      message.msg_control = control_.data();
      message.msg_controllen = control_.size();
      const ssize_t n = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) {
        at_end_ = true;
        return;
      }
      Packet packet{std::string(piece.data(), static_cast<std::size_t>(n))};
      for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
           header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        for (std::size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
          int fd = -1;
          std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
          packet.descriptors.push_back(judge::high(ipc::UniqueFd(fd)));
        }
      }
      came_.push_back(std::move(packet));
    }
  }

 private:
  ipc::UniqueFd socket_;
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int) * 253)> control_{};
  std::vector<Packet> came_;
  bool at_end_ = false;
};

}  // namespace sockets
