#include "server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <list>
#include <stdexcept>
#include <vector>

#include "ready.h"
#include "resp.h"

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
      if (::poll(events.data(), events.size(), -1) < 0) {
        if (errno == EINTR) continue;
        throw ipc::SystemError("poll");
      }
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
  // One client at a time: poll tells if there are more.
  void take_in() {
    ipc::UniqueFd fd(::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
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
