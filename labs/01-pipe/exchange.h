#pragma once

#include <cstddef>
#include <span>
#include <vector>

/// Lab 01, part E: two processes that talk both ways, over two pipes.
namespace lab {

/// Sends `mine` to the other process and receives `expected` bytes from it.
///
/// Both processes call this at the same time, each with its own data. A pipe holds 64 KiB: if both
/// write first and both have more than that to say, each waits for the other to read, for ever. So
/// whoever cannot write now must be ready to read, and the other way round.
/// @param out       write end of the pipe to the other process; blocking, and blocking again when
///                  this returns or throws.
/// @param in        read end of the pipe from the other process; as `out`.
/// @param mine      what to send; may be empty.
/// @param expected  how many bytes the other process sends; may be 0.
/// @returns what the other process sent: `expected` bytes, or fewer if it closed its end early.
///          No byte beyond `expected` is taken from the pipe.
/// @throws ipc::SystemError  EPIPE if the other process has closed the read end (the caller ignores
///         SIGPIPE), or any other error of read(2) and write(2) but EINTR and EAGAIN.
/// @see pipe(7) under "Pipe capacity", poll(2), fcntl(2) under "F_SETFL"
std::vector<std::byte> exchange(int out, int in, std::span<const std::byte> mine,
                                std::size_t expected);

}  // namespace lab
