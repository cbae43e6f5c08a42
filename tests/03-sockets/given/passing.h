#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "common/ipc/unique_fd.h"

/// Lab 03, part C: descriptors that travel, and who is at the other end.
///
/// The sockets here are connected Unix-domain sockets of type SOCK_SEQPACKET: what is sent in one
/// call comes out of one call.
namespace lab {

/// The most descriptors in one message: the kernel's own limit (SCM_MAX_FD).
inline constexpr std::size_t most_descriptors = 253;

/// Sends one message, and copies of `descriptors` along with it. The caller keeps its own open.
/// SIGPIPE is never raised.
/// @param bytes        at least one: a message of none looks like the end of the stream.
/// @param descriptors  open ones; may be none.
/// @throws std::invalid_argument  if there are no bytes, or more than `most_descriptors`.
/// @throws ipc::SystemError       any error of sendmsg(2) but EINTR.
/// @see unix(7) under SCM_RIGHTS, cmsg(3)
void send_message(int socket, std::span<const std::byte> bytes, std::span<const int> descriptors);

/// A message did not fit.
class MessageTooLarge : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Message {
  std::vector<std::byte> bytes;
  std::vector<ipc::UniqueFd> descriptors;  ///< ours to close; close-on-exec
};

/// Waits for one message.
/// @param max_bytes        at most so many bytes may be in it.
/// @param max_descriptors  at most so many descriptors may come along, up to `most_descriptors`.
/// @returns nothing if the other side has closed its end.
/// @throws MessageTooLarge   if there were more bytes or more descriptors. The message is lost, and
///         each of its descriptors that has arrived is closed again.
/// @throws ipc::SystemError  any error of recvmsg(2) but EINTR.
/// @see recvmsg(2) under MSG_CTRUNC, MSG_TRUNC and MSG_CMSG_CLOEXEC
std::optional<Message> receive_message(int socket, std::size_t max_bytes,
                                       std::size_t max_descriptors);

/// Who connected, as the kernel has noted it.
struct Identity {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Who is at the other end of a connected Unix-domain socket: the process that called connect(2) if
/// `socket` came from accept(2), whatever it sends and whoever uses its descriptor by now.
/// @throws ipc::SystemError  any error of getsockopt(2).
/// @see unix(7) under SO_PEERCRED
[[nodiscard]] Identity identity_of_peer(int socket);

}  // namespace lab
