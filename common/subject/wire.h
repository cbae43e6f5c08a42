#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/subject/protocol.h"

namespace subject {

/// The subject's end of a control socket, by system calls that no interposed function sees.

/// Reads exactly `size` bytes; false at the end of the stream.
bool receive_all(int socket, void* data, std::size_t size);

/// Sends a frame whose body is `first` and then `second`. Async-signal-safe; errors are ignored,
/// because there is nobody left to tell.
void send_frame(int socket, FromRole kind, std::span<const std::byte> first,
                std::span<const std::byte> second = {});

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace subject
