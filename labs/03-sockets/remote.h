#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

/// Lab 03, part D: machine to machine.
///
/// Records over a TCP connection to a process of another host, and what becomes of them when that
/// host, or the way to it, is gone all at once: nobody sends a FIN then, and nobody a RST.
namespace lab {

/// The host at the other end does not answer any more, or never did.
class PeerVanished : public std::runtime_error {
 public:
  /// @param undelivered  bytes that were given to the kernel, and that the kernel at the other end
  ///                     has not acknowledged. Whether it has them nobody knows.
  explicit PeerVanished(std::size_t undelivered = 0)
      : std::runtime_error("the other host does not answer; " + std::to_string(undelivered) +
                           " bytes have not been acknowledged"),
        undelivered_(undelivered) {}

  [[nodiscard]] std::size_t undelivered() const noexcept { return undelivered_; }

 private:
  std::size_t undelivered_;
};

/// What came is no record: it is too large, or the stream ends in the middle of it.
class BadRecord : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Has the kernel watch over the host at the other end of `socket`: if that gives no sign of life
/// for `limit`, give or take a second, send_record and receive_record throw PeerVanished. Nothing
/// that the other process could read is sent for that. As long as its kernel answers, a peer is
/// there, however long its process says nothing.
/// @param socket  a connected TCP socket.
/// @param limit   at least two seconds.
/// @throws ipc::SystemError  any error of setsockopt(2).
/// @see tcp(7) under TCP_KEEPIDLE and TCP_USER_TIMEOUT, socket(7) under SO_KEEPALIVE
void watch_peer(int socket, std::chrono::seconds limit);

/// Connects to `port` of `host` over TCP, for not longer than `limit`, give or take a second, for
/// each address that the host has: one after the other, until one is found at which somebody
/// listens.
/// @param host   a name, or an IPv4 address in numbers.
/// @param limit  at least two seconds; also for watch_peer, which has been called for the socket.
/// @returns a blocking, close-on-exec socket.
/// @throws std::invalid_argument  if no host is called `host`.
/// @throws PeerVanished      if nobody answers at its last address (ETIMEDOUT, EHOSTUNREACH).
/// @throws ipc::SystemError  any other error for its last address, but EINTR: ECONNREFUSED if
///         nobody listens there.
/// @see getaddrinfo(3), connect(2) under EINTR and EINPROGRESS
[[nodiscard]] ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port,
                                            std::chrono::seconds limit);

/// Sends one record: its size in 4 bytes, in network byte order, and then its bytes. SIGPIPE is
/// never raised.
/// @param socket  connected; blocking.
/// @throws PeerVanished      if the other host has been given up (ETIMEDOUT, EHOSTUNREACH). One
/// that
///         has no room for as long as `limit` of watch_peer may be given up as well.
/// @throws ipc::SystemError  any other error of send(2) but EINTR.
/// @see htonl(3), send(2) under MSG_NOSIGNAL, tcp(7) under SIOCOUTQ
void send_record(int socket, std::span<const std::byte> bytes);

/// Waits for one record, however long its sender takes.
/// @param max_size  of its bytes. A larger one is refused when its size is known; no memory is set
///                  aside for it.
/// @returns nothing if the other side has finished sending, after its last record.
/// @throws BadRecord         if it is larger, or if the stream ends before the record does.
/// @throws PeerVanished      if the other host has been given up (ETIMEDOUT, EHOSTUNREACH).
/// @throws ipc::SystemError  any other error of recv(2) but EINTR.
[[nodiscard]] std::optional<std::vector<std::byte>> receive_record(int socket,
                                                                   std::size_t max_size);

}  // namespace lab
