#include "server.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <deque>
#include <memory>
#include <stdexcept>
#include <unordered_set>

#include "common/ipc/system_error.h"
#include "resp.h"

namespace lab {

namespace {

struct Client {
  explicit Client(ipc::UniqueFd socket) : fd(std::move(socket)) {}

  ipc::UniqueFd fd;
  std::string in, out;
  bool readable = true;  // there may be more: no EAGAIN since the last event
  bool ended = false;
  bool refused = false;
  bool dead = false;
};

class Loop {
 public:
  Loop(int listener, int stop, const Limits& limits)
      : listener_(listener), limits_(limits), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!epoll_) throw ipc::SystemError("epoll_create1");
    ::fcntl(listener, F_SETFL, ::fcntl(listener, F_GETFL) | O_NONBLOCK);
    add(stop, EPOLLIN, &stop_);
    add(listener, EPOLLIN | EPOLLET, nullptr);
    spare_.reset(::open("/", O_PATH | O_CLOEXEC));
  }

  void run() {
    // Clients that have been told of once wait here until there is nothing more to do for them.
    std::deque<Client*> ready;
    while (true) {
      epoll_event events[32];
      const int count = ::epoll_wait(epoll_.get(), events, 32, ready.empty() ? -1 : 0);
      if (count < 0 && errno != EINTR) throw ipc::SystemError("epoll_wait");
      for (int i = 0; i < count; ++i) {
        if (events[i].data.ptr == &stop_) return;
        if (events[i].data.ptr == nullptr) {
          accept_all();
          continue;
        }
        auto* client = static_cast<Client*>(events[i].data.ptr);
        client->readable = client->readable || (events[i].events & ~unsigned{EPOLLOUT}) != 0;
        ready.push_back(client);
      }
      // Each gets one turn; who has more to do waits behind the others.
      for (std::size_t turns = ready.size(); turns > 0; --turns) {
        Client* client = ready.front();
        ready.pop_front();
        if (!clients_.contains(client)) continue;
        const bool again = turn(*client);
        if (client->dead) {
          clients_.erase(client);
          delete client;
          std::erase(ready, client);
          // `turns` counted those, too, perhaps.
          if (turns > ready.size() + 1) turns = ready.size() + 1;
        } else if (again) {
          ready.push_back(client);
        }
      }
    }
  }

  ~Loop() {
    for (Client* client : clients_) delete client;
  }
  Loop(const Loop&) = delete;

 private:
  void add(int fd, std::uint32_t events, void* what) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = what;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      throw ipc::SystemError("epoll_ctl");
    }
  }

  void accept_all() {
    while (true) {
      ipc::UniqueFd fd(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (fd) {
        auto client = std::make_unique<Client>(std::move(fd));
        add(client->fd.get(), EPOLLIN | EPOLLOUT | EPOLLET, client.get());
        clients_.insert(client.release());
      } else if (errno == EMFILE || errno == ENFILE) {
        if (!spare_) throw ipc::SystemError("accept");
        spare_.reset();
        // Nobody need be there: the kernel looks for a free descriptor before it looks for a
        // client.
        ipc::UniqueFd refused(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
        const bool nobody = !refused && errno == EAGAIN;
        refused.reset();
        spare_.reset(::open("/", O_PATH | O_CLOEXEC));
        if (nobody) return;
      } else if (errno == EAGAIN) {
        return;
      }
    }
  }

  // Whether there is more to do for it at once.
  bool turn(Client& client) {
    if (client.readable && !client.ended && client.out.size() < limits_.max_unsent) {
      char piece[8192];
      const ssize_t n = ::recv(client.fd.get(), piece, sizeof piece, 0);
      if (n > 0 && !client.refused) client.in.append(piece, static_cast<std::size_t>(n));
      if (n == 0) client.ended = true;
      if (n < 0 && errno == EAGAIN) client.readable = false;
      if (n < 0 && errno != EAGAIN && errno != EINTR) client.dead = true;
    }
    const bool more = work(client);
    bool full = false;
    while (!client.out.empty() && !full && !client.dead) {
      const ssize_t n = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
      if (n >= 0) client.out.erase(0, static_cast<std::size_t>(n));
      if (n < 0 && errno == EAGAIN) full = true;
      if (n < 0 && errno != EAGAIN && errno != EINTR) client.dead = true;
    }
    if (client.out.empty() && !more && (client.ended || client.refused)) client.dead = true;
    return !full && (more || (client.readable && !client.ended));
  }

  // Whether the limit has stopped it.
  bool work(Client& client) {
    std::string_view input = client.in;
    bool stopped = false;
    try {
      while (!client.refused) {
        stopped = client.out.size() >= limits_.max_unsent;
        if (stopped) break;
        const auto request = parse_request(input, limits_.max_request);
        if (!request) break;
        input.remove_prefix(request->size);
        client.out += execute(store_, request->words);
      }
    } catch (const ProtocolError& e) {
      client.out += "-ERR Protocol error: " + std::string(e.what()) + "\r\n";
      client.refused = true;
      input = {};
    }
    client.in = std::string(input);
    return stopped;
  }

  int listener_;
  int stop_ = 0;
  Limits limits_;
  ipc::UniqueFd epoll_, spare_;
  Store store_;
  std::unordered_set<Client*> clients_;
};

}  // namespace

ipc::UniqueFd listen_on(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::invalid_argument("no address: " + address);
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> name(found, ::freeaddrinfo);
  ipc::UniqueFd fd(::socket(name->ai_family, name->ai_socktype | SOCK_CLOEXEC, 0));
  if (!fd) throw ipc::SystemError("socket");
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), name->ai_addr, name->ai_addrlen) != 0) throw ipc::SystemError("bind");
  if (::listen(fd.get(), 1024) != 0) throw ipc::SystemError("listen");
  return fd;
}

void serve(int listener, int stop, const Limits& limits) { Loop(listener, stop, limits).run(); }

}  // namespace lab
