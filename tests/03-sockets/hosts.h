#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/ipc/system_error.h"
#include "common/judge/far_host.h"
#include "common/judge/memory_file.h"
#include "common/judge/peer.h"
#include "sockets.h"

/// The judge on the far host: what a role on the near one talks to.
namespace hosts {

inline sockaddr_in address_of(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

/// A port of the far host at which it listens.
class FarDoor : public judge::Peer {
 public:
  /// @param expected  is who connects first, and the next one second. Further ones are closed.
  FarDoor(const judge::FarHost& far, const char* host, std::uint16_t port,
          std::vector<sockets::Conversation*> expected)
      : listener_(far.socket()), expected_(std::move(expected)) {
    const int again = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
    const sockaddr_in name = address_of(host, port);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
      throw ipc::SystemError("bind");
    }
    if (::listen(listener_.get(), 16) != 0) throw ipc::SystemError("listen");
  }

  /// Everybody who was expected has come.
  [[nodiscard]] bool all_there() const { return arrived_ == expected_.size(); }

  [[nodiscard]] pollfd interest() const override { return {listener_.get(), POLLIN, 0}; }
  void act() override {
    ipc::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket && !all_there()) expected_[arrived_++]->arrive(judge::high(std::move(socket)));
  }

 private:
  ipc::UniqueFd listener_;
  std::vector<sockets::Conversation*> expected_;
  std::size_t arrived_ = 0;
};

/// Connects from the far host to `port` of the near one.
inline ipc::UniqueFd far_client(const judge::FarHost& far, std::uint16_t port) {
  ipc::UniqueFd socket = far.socket();
  const sockaddr_in name = address_of(two_hosts::near_address, port);
  (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  return socket;
}

/// Does something when some time has gone by since `begin`. What a peer may take for a long time
/// has to be a long time; but nothing is decided by when something else happens.
class Later : public judge::Peer {
 public:
  Later(std::chrono::milliseconds time, std::function<void()> what)
      : time_(time), what_(std::move(what)), timer_(judge::high(make())) {}

  void begin() {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time_);
    const itimerspec when{{}, {seconds.count(), (time_ - seconds).count() * 1'000'000}};
    ::timerfd_settime(timer_.get(), 0, &when, nullptr);
  }

  [[nodiscard]] pollfd interest() const override { return {timer_.get(), POLLIN, 0}; }
  void act() override {
    std::uint64_t times = 0;
    if (::read(timer_.get(), &times, sizeof times) > 0) what_();
  }

 private:
  static ipc::UniqueFd make() {
    ipc::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer) throw ipc::SystemError("timerfd_create");
    return timer;
  }

  std::chrono::milliseconds time_;
  std::function<void()> what_;
  ipc::UniqueFd timer_;
};

}  // namespace hosts
