#pragma once

#include <cstddef>
#include <span>

/// Lab 01, part A: a pipe is a stream of bytes.
///
/// write(2) may take fewer bytes than it was given and read(2) may give fewer than it was asked
/// for, and either may be interrupted by a signal before it has done anything. These two functions
/// do not.
namespace lab {

/// Writes all of `bytes`, however many calls of write(2) that takes.
///
/// A call that is interrupted (EINTR) is made again. Nothing is written twice, and no call is made
/// when `bytes` is empty.
/// @param fd     open for writing; blocking.
/// @param bytes  what to write.
/// @throws ipc::SystemError  EPIPE if no reader is left (the caller ignores SIGPIPE), or any other
///         error of write(2), such as ENOSPC or EBADF.
/// @see write(2), pipe(7)
void write_all(int fd, std::span<const std::byte> bytes);

/// Reads until `buffer` is full or the stream ends, however many calls of read(2) that takes.
///
/// A call that is interrupted (EINTR) is made again. Never reads past the end of `buffer`: what
/// follows in the stream stays there for the next call.
/// @param fd      open for reading; blocking.
/// @param buffer  filled from its front; what lies behind the returned count is left as it was.
/// @returns the number of bytes read. Less than `buffer.size()` means that the stream has ended;
///          it is not an error.
/// @throws ipc::SystemError  any other error of read(2), such as EIO or EBADF.
/// @see read(2), pipe(7)
std::size_t read_full(int fd, std::span<std::byte> buffer);

}  // namespace lab
