#include "server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <span>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

#include "common/ipc/system_error.h"
#include "resp.h"

namespace lab {

using ipc::SystemError;
using ipc::UniqueFd;

namespace {

/// One client: what has come from it and is not executed yet, and what has not been sent to it yet.
class Connection {
 public:
  Connection(UniqueFd socket, Store& store, const Limits& limits)
      : socket_(std::move(socket)), store_(&store), limits_(&limits) {}

  /// Does what can be done now, without waiting for this client.
  void go_on(std::uint32_t events) {
    // EPOLLHUP and EPOLLERR come unasked: recv(2) or send(2) says what is the matter.
    if ((wanted() & EPOLLIN) != 0 && (events & ~std::uint32_t{EPOLLOUT}) != 0) receive();
    if (gone_) return;
    // When all is sent there is room for more replies, and the requests may be here already.
    do {
      execute_requests();
      send();
    } while (!gone_ && unsent() == 0 && has_request_);
    if (unsent() == 0 && refused_) gone_ = true;
  }

  /// Whether nothing is left to do for it.
  [[nodiscard]] bool over() const { return gone_ || (input_ended_ && unsent() == 0); }

  /// The events to wait for. Never EPOLLOUT with nothing to send: a socket with room is always
  /// ready, and epoll_wait would return at once for ever.
  [[nodiscard]] std::uint32_t wanted() const {
    std::uint32_t events = 0;
    if (!input_ended_ && unsent() < limits_->max_unsent) events |= EPOLLIN;
    if (unsent() > 0) events |= EPOLLOUT;
    return events;
  }

  std::uint32_t registered = 0;  ///< the events that epoll knows of

 private:
  [[nodiscard]] std::size_t unsent() const { return unsent_; }

  void put(std::string reply) {
    unsent_ += reply.size();
    if (!reply.empty()) output_.push_back(std::move(reply));
  }

  // One call for each event, so that nobody who sends without a pause keeps the others waiting: if
  // there is more, epoll says so again.
  void receive() {
    std::array<char, 16 * 1024> piece;
    const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (n < 0) {
      gone_ = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    } else if (n == 0) {
      // Its requests have come to an end, our replies have not: it may have called shutdown(2).
      input_ended_ = true;
    } else if (!refused_) {
      input_.append(piece.data(), static_cast<std::size_t>(n));
      has_request_ = true;  // perhaps
    }
  }

  void execute_requests() {
    std::size_t used = 0;
    try {
      while (has_request_ && unsent() < limits_->max_unsent) {
        const auto request =
            parse_request(std::string_view(input_).substr(used), limits_->max_request);
        has_request_ = request.has_value();
        if (!request) break;
        used += request->size;
        put(execute(*store_, request->words));
      }
      input_.erase(0, used);
    } catch (const ProtocolError& error) {
      // Where the next request would begin, nobody knows.
      put(std::string("-ERR Protocol error: ") + error.what() + "\r\n");
      refused_ = true;
      has_request_ = false;
      input_ = {};
    }
  }

  void send() {
    while (unsent() > 0) {
      std::array<iovec, 32> chunks;
      std::size_t count = 0;
      for (; count < chunks.size() && count < output_.size(); ++count) {
        const std::size_t skip = count == 0 ? sent_ : 0;
        chunks[count] = {output_[count].data() + skip, output_[count].size() - skip};
      }
      msghdr message{};
      message.msg_iov = chunks.data();
      message.msg_iovlen = count;
      const ssize_t n = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        gone_ = errno != EAGAIN && errno != EWOULDBLOCK;
        return;
      }
      unsent_ -= static_cast<std::size_t>(n);
      sent_ += static_cast<std::size_t>(n);
      while (!output_.empty() && sent_ >= output_.front().size()) {
        sent_ -= output_.front().size();
        output_.pop_front();
      }
    }
  }

  UniqueFd socket_;
  Store* store_;
  const Limits* limits_;
  std::string input_;
  std::deque<std::string> output_;
  std::size_t unsent_ = 0;
  std::size_t sent_ = 0;      ///< of output_.front()
  bool has_request_ = false;  ///< there may be a complete request in input_
  bool input_ended_ = false;
  bool refused_ = false;  ///< it has broken the protocol: nothing that comes is looked at
  bool gone_ = false;
};

class Server {
 public:
  Server(int listener, int stop, const Limits& limits)
      : listener_(listener), stop_(stop), limits_(limits), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw SystemError("epoll_create1");
    // Or accept(2) would wait for ever if the client that we were woken for has gone meanwhile.
    const int flags = ::fcntl(listener_, F_GETFL);
    if (flags < 0 || ::fcntl(listener_, F_SETFL, flags | O_NONBLOCK) < 0)
      throw SystemError("fcntl");
    watch(EPOLL_CTL_ADD, stop_, EPOLLIN);
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  void run() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      if (count < 0) {
        if (errno == EINTR) continue;
        throw SystemError("epoll_wait");
      }
      for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count))) {
        if (event.data.fd == stop_) return;
        if (event.data.fd == listener_) {
          accept_clients();
        } else {
          serve_client(event.data.fd, event.events);
        }
      }
    }
  }

 private:
  void accept_clients() {
    while (true) {
      UniqueFd socket(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (socket) {
        add(std::move(socket));
        continue;
      }
      switch (errno) {
        case EAGAIN:
          return;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
          // The client stays in the queue, and with it the event: who went on waiting for that
          // would be woken at once, again and again. So not until somebody has left.
          if (connections_.empty()) throw SystemError("accept");
          watch(EPOLL_CTL_MOD, listener_, 0);
          full_ = true;
          return;
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
          throw SystemError("accept");
        default:
          // EINTR; ECONNABORTED and, with TCP, any error of a network: of one client's, or of
          // nobody's. The queue may hold others.
          continue;
      }
    }
  }

  void add(UniqueFd socket) {
    // A reply goes out when it is ready, and not when the one before it has been acknowledged. A
    // Unix-domain socket does not know this option, and does not need it.
    const int on = 1;
    (void)::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.get();
    Connection connection(std::move(socket), store_, limits_);
    connection.registered = connection.wanted();
    epoll_event event{.events = connection.registered, .data = {.fd = fd}};
    // If epoll can watch no more, this client is turned away, and nobody else.
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return;
    connections_.emplace(fd, std::move(connection));
  }

  void serve_client(int fd, std::uint32_t events) {
    const auto at = connections_.find(fd);
    if (at == connections_.end()) return;
    Connection& connection = at->second;
    connection.go_on(events);
    if (connection.over()) {
      connections_.erase(at);  // closes the socket, and with it goes its place in epoll
      if (full_) {
        watch(EPOLL_CTL_MOD, listener_, EPOLLIN);
        full_ = false;
      }
      return;
    }
    if (const std::uint32_t wanted = connection.wanted(); wanted != connection.registered) {
      watch(EPOLL_CTL_MOD, fd, wanted);
      connection.registered = wanted;
    }
  }

  void watch(int what, int fd, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.fd = fd}};
    if (::epoll_ctl(epoll_.get(), what, fd, &event) != 0) throw SystemError("epoll_ctl");
  }

  int listener_;
  int stop_;
  Limits limits_;
  UniqueFd epoll_;
  Store store_;
  std::unordered_map<int, Connection> connections_;  ///< by the number of the descriptor
  bool full_ = false;  ///< accept(2) has found no free descriptor, and nobody has left since
};

}  // namespace

UniqueFd listen_on(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);  // the network's byte order, which is hardly ever ours
  if (::inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) {
    throw std::invalid_argument("no IPv4 address: " + address);
  }
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) throw SystemError("socket");
  // The side that closes first keeps the connection in TIME_WAIT for a minute, and bind(2) would
  // refuse the address for as long. This does not let a second server in beside a first.
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    throw SystemError("setsockopt");
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    throw SystemError("bind");
  }
  if (::listen(socket.get(), SOMAXCONN) != 0) throw SystemError("listen");
  return socket;
}

void serve(int listener, int stop, const Limits& limits) { Server(listener, stop, limits).run(); }

}  // namespace lab
