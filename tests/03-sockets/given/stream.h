#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "common/ipc/unique_fd.h"

/// Lab 03, part A: a stream between two processes of one machine.
///
/// A Unix-domain stream socket: two streams of bytes, one for each direction, that end one by one.
/// Every descriptor that these functions make is close-on-exec.
namespace lab {

/// A socket with a name in the file system, at which clients arrive.
class Listener {
 public:
  /// Makes a stream socket, binds it to `path` and listens, with room for at least 64 clients that
  /// have connected and have not been accepted yet.
  ///
  /// A socket file that nobody listens at any more, left by a process that has died, is replaced.
  /// Whatever else stands at `path` stays as it is.
  /// @throws std::length_error  if `path` and its NUL do not fit into sockaddr_un::sun_path.
  /// @throws ipc::SystemError   EADDRINUSE if somebody listens at `path`, or if what is there is no
  ///         socket; any other error of socket(2), bind(2) or listen(2). Nothing is left then:
  ///         no descriptor, and no file that was not there before.
  /// @see unix(7), bind(2), listen(2), unlink(2)
  explicit Listener(const std::string& path);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Closes the socket and removes its file. Clients that were accepted keep their connections.
  ~Listener();

  /// Waits for a client.
  /// @returns the connection to it.
  /// @throws ipc::SystemError  any error of accept(2) but EINTR, and but ECONNABORTED, which is
  ///         about a client that has gone while it waited: then the next one is taken.
  /// @see accept(2)
  [[nodiscard]] ipc::UniqueFd accept();

 private:
  std::string path_;
  ipc::UniqueFd socket_;
};

/// Connects to the Listener at `path`.
/// @throws std::length_error  if `path` and its NUL do not fit into sockaddr_un::sun_path.
/// @throws ipc::SystemError   any error of socket(2) or connect(2) but EINTR: ENOENT if there is no
///         such file, ECONNREFUSED if nobody listens at it.
/// @see connect(2), unix(7)
[[nodiscard]] ipc::UniqueFd connect_to(const std::string& path);

/// Sends all of `bytes`, however many calls of send(2) that takes. SIGPIPE is never raised.
/// @param socket  connected; blocking.
/// @throws ipc::SystemError  any error of send(2) but EINTR: EPIPE or ECONNRESET if the other side
///         has gone.
/// @see send(2) under MSG_NOSIGNAL
void send_all(int socket, std::span<const std::byte> bytes);

/// Waits until something has come and takes what there is, at most a buffer full.
/// @param buffer  at least one byte.
/// @returns how many bytes were taken; 0 if the other side has finished sending.
/// @throws ipc::SystemError  any error of recv(2) but EINTR.
/// @see recv(2)
[[nodiscard]] std::size_t receive_some(int socket, std::span<std::byte> buffer);

/// Takes everything until the other side has finished sending.
/// @throws ipc::SystemError  any error of recv(2) but EINTR.
[[nodiscard]] std::vector<std::byte> receive_all(int socket);

/// Ends the stream to the other side, which receives what was sent and then the end. The stream
/// from the other side goes on, and the descriptor stays open.
/// @throws ipc::SystemError  any error of shutdown(2).
/// @see shutdown(2)
void finish_sending(int socket);

}  // namespace lab
