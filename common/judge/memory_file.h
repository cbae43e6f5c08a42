#pragma once

#include <cstddef>
#include <span>

#include "common/ipc/unique_fd.h"
#include "common/judge/bytes.h"

namespace judge {

/// A file that exists in memory alone and cannot be changed any more (memfd_create(2), sealed); its
/// offset is 0. Descriptors of the judge are numbered from 100 up, out of the way of those that a
/// child is given as 0 to 9.
/// @throws ipc::SystemError
ipc::UniqueFd memory_file(std::span<const std::byte> content);

/// The whole content of a file, from its start.
/// @throws ipc::SystemError
Bytes content_of(int file);

/// `fd` again as a number from 100 up, close-on-exec; the old one is closed.
ipc::UniqueFd high(ipc::UniqueFd fd);

}  // namespace judge
