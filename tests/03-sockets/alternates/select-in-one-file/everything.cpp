#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <stdexcept>
#include <vector>

#include "common/ipc/system_error.h"
#include "passing.h"
#include "remote.h"
#include "resp.h"
#include "server.h"
#include "stream.h"

/// Waits until `fd` can be read from (POLLIN) or written to (POLLOUT).
inline void wait_until(int fd, short event) {
  pollfd ready{fd, event, 0};
  while (::poll(&ready, 1, -1) < 0) {
    if (errno != EINTR) throw ipc::SystemError("poll");
  }
}

inline bool not_now() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

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

namespace lab {

namespace {

/// A line without its CR LF; nothing if it has not come. `at` moves behind it.
std::optional<std::string_view> line(std::string_view input, std::size_t& at) {
  const std::size_t end = input.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  if (end == at || input[end - 1] != '\r') throw ProtocolError("a line ends with CR LF");
  const std::string_view text = input.substr(at, end - 1 - at);
  at = end + 1;
  return text;
}

std::size_t number(std::string_view text, char kind, std::size_t most) {
  if (text.empty() || text[0] != kind) throw ProtocolError("unexpected line");
  text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    throw ProtocolError("no number");
  }
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  if (text.size() > 15) throw ProtocolError("too large");
  const std::size_t value = std::stoull(std::string(text));
  if (value > most) throw ProtocolError("too large");
  return value;
}

std::string reply(const std::string& bytes) {
  return '$' + std::to_string(bytes.size()) + "\r\n" + bytes + "\r\n";
}

std::optional<std::int64_t> as_number(const std::string& text) {
  try {
    const std::int64_t value = std::stoll(text);
    if (std::to_string(value) == text) return value;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

using Words = std::vector<std::string>;

struct Command {
  std::size_t least, most;  // arguments
  std::function<std::string(Store&, const Words&)> run;
};

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> all{
      {"ping",
       {0, 1, [](Store&, const Words& w) { return w.size() == 1 ? "+PONG\r\n" : reply(w[1]); }}},
      {"echo", {1, 1, [](Store&, const Words& w) { return reply(w[1]); }}},
      {"set",
       {2, 2,
        [](Store& store, const Words& w) {
          store.insert_or_assign(w[1], w[2]);
          return std::string("+OK\r\n");
        }}},
      {"get",
       {1, 1,
        [](Store& store, const Words& w) {
          return store.contains(w[1]) ? reply(store[w[1]]) : "$-1\r\n";
        }}},
      {"del",
       {1, SIZE_MAX,
        [](Store& store, const Words& w) {
          const std::size_t before = store.size();
          for (const std::string& word : w) {
            if (&word != &w.front()) store.erase(word);
          }
          return ':' + std::to_string(before - store.size()) + "\r\n";
        }}},
      {"incr",
       {1, 1,
        [](Store& store, const Words& w) -> std::string {
          const auto value = store.contains(w[1]) ? as_number(store[w[1]]) : 0;
          if (!value) return "-ERR value is not an integer or out of range\r\n";
          if (*value == INT64_MAX) return "-ERR increment or decrement would overflow\r\n";
          store[w[1]] = std::to_string(*value + 1);
          return ':' + store[w[1]] + "\r\n";
        }}},
  };
  return all;
}

}  // namespace

std::optional<Request> parse_request(std::string_view input, std::size_t max_size) {
  const auto incomplete = [&]() -> std::optional<Request> {
    if (input.size() > max_size) throw ProtocolError("too large");
    return std::nullopt;
  };
  Request request;
  auto text = line(input, request.size);
  if (!text) return incomplete();
  const std::size_t count = number(*text, '*', max_size);
  while (request.words.size() < count) {
    text = line(input, request.size);
    if (!text) return incomplete();
    const std::size_t size = number(*text, '$', max_size);
    if (input.size() - request.size < size + 2) return incomplete();
    if (input.substr(request.size + size, 2) != "\r\n") throw ProtocolError("no CR LF");
    request.words.emplace_back(input.substr(request.size, size));
    request.size += size + 2;
  }
  if (request.size > max_size) throw ProtocolError("too large");
  return request;
}

std::string execute(Store& store, const std::vector<std::string>& words) {
  if (words.empty()) return "";
  std::string name;
  for (const char c : words[0]) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 32 : c);
  const auto at = commands().find(name);
  if (at == commands().end()) return "-ERR unknown command\r\n";
  const auto& [least, most, run] = at->second;
  if (words.size() - 1 < least || words.size() - 1 > most) {
    return "-ERR wrong number of arguments for '" + name + "' command\r\n";
  }
  return run(store, words);
}

}  // namespace lab

namespace lab {

namespace {

struct Client {
  ipc::UniqueFd fd;
  std::string in, out;
  bool ended = false;   // no more requests will come, or none that counts
  bool stalled = true;  // `in` holds no complete request
  bool broken = false;
};

class Table {
 public:
  Table(int listener, int stop, Limits limits)
      : listener_(listener), stop_(stop), limits_(limits) {}

  void run() {
    while (true) {
      std::vector<pollfd> events{{stop_, POLLIN, 0}, {room_ ? listener_ : -1, POLLIN, 0}};
      for (const Client& client : clients_) {
        short wanted = 0;
        if (!client.out.empty()) wanted |= POLLOUT;
        if (!client.ended && client.out.size() < limits_.max_unsent) wanted |= POLLIN;
        events.push_back({client.fd.get(), wanted, 0});
      }
      if (!selected(events)) continue;
      if (events[0].revents != 0) return;
      std::size_t i = 2;
      for (auto at = clients_.begin(); at != clients_.end(); ++i) {
        if (events[i].revents != 0) serve(*at, events[i]);
        if (at->broken || (at->ended && at->stalled && at->out.empty())) {
          at = clients_.erase(at);
          room_ = true;
        } else {
          ++at;
        }
      }
      if (events[1].revents != 0) take_in();
    }
  }

 private:
  // select(2) in the words of poll(2).
  static bool selected(std::vector<pollfd>& events) {
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    int most = -1;
    for (const pollfd& event : events) {
      if (event.fd < 0) continue;
      if ((event.events & POLLIN) != 0) FD_SET(event.fd, &readable);
      if ((event.events & POLLOUT) != 0) FD_SET(event.fd, &writable);
      most = std::max(most, event.fd);
    }
    if (::select(most + 1, &readable, &writable, nullptr, nullptr) < 0) {
      if (errno == EINTR) return false;
      throw ipc::SystemError("select");
    }
    for (pollfd& event : events) {
      if (event.fd < 0) continue;
      if (FD_ISSET(event.fd, &readable)) event.revents |= POLLIN;
      if (FD_ISSET(event.fd, &writable)) event.revents |= POLLOUT;
    }
    return true;
  }

  // One client at a time: select tells if there are more.
  void take_in() {
    ipc::UniqueFd fd(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd && fd.get() >= FD_SETSIZE) return;  // more than select can look at
    if (fd) {
      clients_.emplace_back();
      clients_.back().fd = std::move(fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      room_ = false;
    }
  }

  void serve(Client& client, const pollfd& event) {
    if ((event.events & POLLIN) != 0 && (event.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      char piece[5000];
      const ssize_t n = ::recv(client.fd.get(), piece, sizeof piece, 0);
      if (n < 0 && !not_now()) client.broken = true;
      if (n == 0) client.ended = true;
      if (n > 0) client.in.append(piece, static_cast<std::size_t>(n));
      if (n > 0) client.stalled = false;
    }
    while (!client.broken) {
      work(client);
      if (client.out.empty() || !flush(client)) return;
    }
  }

  void work(Client& client) {
    while (!client.stalled && client.out.size() < limits_.max_unsent) {
      try {
        const auto request = parse_request(client.in, limits_.max_request);
        if (!request) {
          client.stalled = true;
        } else {
          client.out += execute(store_, request->words);
          client.in.erase(0, request->size);
        }
      } catch (const ProtocolError&) {
        client.out += "-ERR Protocol error, sorry\r\n";
        client.ended = client.stalled = true;
      }
    }
  }

  // Whether all has been sent.
  bool flush(Client& client) {
    const ssize_t n = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (n < 0) {
      client.broken = !not_now();
      return false;
    }
    client.out.erase(0, static_cast<std::size_t>(n));
    return client.out.empty();
  }

  int listener_, stop_;
  Limits limits_;
  Store store_;
  std::list<Client> clients_;
  bool room_ = true;
};

}  // namespace

ipc::UniqueFd listen_on(const std::string& address, std::uint16_t port) {
  sockaddr_in name{AF_INET, htons(port), {}, {}};
  if (::inet_aton(address.c_str(), &name.sin_addr) == 0) throw std::invalid_argument(address);
  ipc::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw ipc::SystemError("socket");
  const int yes = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0) {
    throw ipc::SystemError("setsockopt");
  }
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) < 0) {
    throw ipc::SystemError("bind");
  }
  if (::listen(fd.get(), 128) < 0) throw ipc::SystemError("listen");
  return fd;
}

void serve(int listener, int stop, const Limits& limits) {
  ::fcntl(listener, F_SETFL, ::fcntl(listener, F_GETFL) | O_NONBLOCK);
  Table(listener, stop, limits).run();
}

}  // namespace lab

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

// Part D. select(2), each time for a part of a second, and between two of them a look at TCP_INFO.
namespace lab {

namespace {

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds watched_for(int socket) {
  int seconds = 0;
  socklen_t size = sizeof seconds;
  int asks = 0;
  if (::getsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &asks, &size) != 0 || asks == 0) return {};
  if (::getsockopt(socket, IPPROTO_TCP, TCP_LINGER2, &seconds, &size) != 0) return {};
  return std::chrono::seconds(seconds);
}

std::size_t queued(int socket) {
  int count = 0;
  return ::ioctl(socket, SIOCOUTQ, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

[[noreturn]] void nobody_there_or(const char* call, int socket, int error) {
  if (error == ETIMEDOUT || error == EHOSTUNREACH) throw PeerVanished(queued(socket));
  throw ipc::SystemError(call, error);
}

// Waits for a tenth of a second at most.
bool is_ready(int socket, bool for_reading) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(socket, &set);
  timeval tenth{0, 100'000};
  return ::select(socket + 1, for_reading ? &set : nullptr, for_reading ? nullptr : &set, nullptr,
                  &tenth) > 0;
}

void wait_watchfully(int socket, bool for_reading) {
  const auto limit = watched_for(socket);
  if (limit.count() == 0) return wait_until(socket, for_reading ? POLLIN : POLLOUT);
  const auto begin = Clock::now();
  while (!is_ready(socket, for_reading)) {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size);
    const bool long_ago = std::chrono::milliseconds(info.tcpi_last_ack_recv) >= limit;
    if (queued(socket) > 0 && long_ago && Clock::now() - begin >= limit) {
      throw PeerVanished(queued(socket));
    }
  }
}

bool receive_exactly(int socket, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    wait_watchfully(socket, true);
    const ssize_t n = ::recv(socket, bytes.data() + done, bytes.size() - done, MSG_DONTWAIT);
    if (n < 0 && not_now()) continue;
    if (n < 0) nobody_there_or("recv", socket, errno);
    if (n == 0 && done == 0) return false;
    if (n == 0) throw BadRecord("the end is in the middle");
    done += static_cast<std::size_t>(n);
  }
  return true;
}

void send_watchfully(int socket, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    wait_watchfully(socket, false);
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && not_now()) continue;
    if (n < 0) nobody_there_or("send", socket, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

void watch_peer(int socket, std::chrono::seconds limit) {
  const int seconds = static_cast<int>(limit.count());
  const auto set = [socket](int level, int name, int value) {
    if (::setsockopt(socket, level, name, &value, sizeof value) != 0) {
      throw ipc::SystemError("setsockopt");
    }
  };
  set(IPPROTO_TCP, TCP_LINGER2, seconds);  // also where the limit is kept
  set(IPPROTO_TCP, TCP_KEEPIDLE, 1);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, seconds - 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
}

ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port,
                              std::chrono::seconds limit) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &first) != 0) {
    throw std::invalid_argument("unknown: " + host);
  }
  std::list<sockaddr_in> names;
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    names.push_back(*reinterpret_cast<const sockaddr_in*>(one->ai_addr));
  }
  ::freeaddrinfo(first);
  int error = 0;
  for (const sockaddr_in& name : names) {
    ipc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) throw ipc::SystemError("socket");
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    const auto end = Clock::now() + limit;
    error = 0;
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
      error = errno;
    }
    if (error == EINPROGRESS) {
      bool ready = false;
      while (!ready && Clock::now() < end) ready = is_ready(socket.get(), false);
      socklen_t size = sizeof error;
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (!ready) error = ETIMEDOUT;
    }
    if (error != 0) continue;
    ::fcntl(socket.get(), F_SETFL, 0);
    watch_peer(socket.get(), limit);
    return socket;
  }
  nobody_there_or("connect", -1, error);
}

void send_record(int socket, std::span<const std::byte> bytes) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(bytes.size()));
  send_watchfully(socket, std::as_bytes(std::span(&size, 1)));
  send_watchfully(socket, bytes);
}

std::optional<std::vector<std::byte>> receive_record(int socket, std::size_t max_size) {
  std::uint32_t size = 0;
  if (!receive_exactly(socket, std::as_writable_bytes(std::span(&size, 1)))) return std::nullopt;
  size = ntohl(size);
  if (size > max_size) throw BadRecord("too much");
  std::vector<std::byte> bytes(size);
  if (size > 0 && !receive_exactly(socket, bytes)) throw BadRecord("only its size");
  return bytes;
}

}  // namespace lab
