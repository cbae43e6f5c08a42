#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/ipc/unique_fd.h"

/// Lab 03, part B: one thread that serves hundreds of clients.
namespace lab {

/// Makes a TCP socket that listens at `address` and `port`, with room for at least 128 clients that
/// have connected and have not been accepted yet. An address that connections of an earlier server
/// still linger at can be used at once.
/// @param address  IPv4, in numbers: "127.0.0.1", "0.0.0.0".
/// @returns the socket, close-on-exec.
/// @throws std::invalid_argument  if `address` is no such address.
/// @throws ipc::SystemError       any error of socket(2), bind(2) or listen(2).
/// @see tcp(7), ip(7), socket(7) under SO_REUSEADDR
[[nodiscard]] ipc::UniqueFd listen_on(const std::string& address, std::uint16_t port);

/// What one client may cost.
struct Limits {
  std::size_t max_request = 64 * 1024;  ///< bytes of one request (@see parse_request)
  /// Bytes of replies that wait for a client to read them. When there are as many, the server reads
  /// no more from this client, and executes no more for it, until it has sent some.
  std::size_t max_unsent = 256 * 1024;
};

/// Serves the requests of resp.h to every client that connects to `listener`, all from one Store
/// that is empty in the beginning, until `stop` can be read or has come to its end.
///
/// - **In order**: each client gets the replies to its requests in the order of the requests,
///   however many it sends at once, and in whatever pieces they come.
/// - **Nobody waits for somebody else's client**: one that sends half a request, sends garbage,
///   does not read, or goes away in the middle costs the others nothing.
/// - **The end of a client's requests is not the end of the replies**: who has shut down its
///   sending side gets all replies, and then the end.
/// - **A ProtocolError** is answered, behind the replies to what came before, by a line that begins
///   with `-ERR Protocol error`; then the connection is closed.
/// - **No descriptor left** (EMFILE, ENFILE): the clients that are connected are served as ever;
///   those that wait are closed, or wait until another has left.
/// - Who waits, sleeps: it makes no call with a timeout, and none again and again.
/// - It runs in the thread that calls it, and starts no other thread and no process. SIGPIPE is
///   never raised.
/// - When it returns, all descriptors are closed that it has opened. `listener` and `stop` stay the
///   caller's.
///
/// @param listener  a listening stream socket, TCP or Unix, blocking or not; it may be made
///                  non-blocking.
/// @param stop      a descriptor that poll(2) can wait for, such as the read end of a pipe. Nothing
///                  is read from it.
/// @throws ipc::SystemError  what makes all further work impossible, such as an error of
///         epoll_create1(2). An error of one connection ends that connection and nothing else.
/// @see epoll(7), accept(2)
void serve(int listener, int stop, const Limits& limits);

}  // namespace lab
