#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "common/ipc/unique_fd.h"

namespace judge {

/// Both ends of a connection between the judge and a process that it starts.
struct SocketPair {
  ipc::UniqueFd ours, theirs;
};

/// @param type  SOCK_STREAM or SOCK_SEQPACKET.
/// @throws ipc::SystemError
SocketPair socket_pair(int type);

/// Sends `data`, and copies of `descriptors` along with its first byte.
/// @throws ipc::SystemError
/// @see unix(7) under SCM_RIGHTS
void send_with_descriptors(int socket, std::span<const std::byte> data,
                           const std::vector<int>& descriptors);

/// Receives one packet of at most `data.size()` bytes, and the descriptor that came with it.
/// @returns the packet's size; 0 if the other end has been closed.
/// @throws ipc::SystemError
std::size_t receive_with_descriptor(int socket, std::span<std::byte> data,
                                    ipc::UniqueFd& descriptor);

}  // namespace judge
