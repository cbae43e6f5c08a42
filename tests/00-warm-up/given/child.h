#pragma once

#include <functional>

namespace lab {

/// How a child process ended.
struct ExitStatus {
  enum class How {
    exited,    ///< by itself: `number` is its exit status, 0 to 255
    signaled,  ///< by a signal: `number` is the signal's, such as SIGKILL
  };
  How how;
  int number;
  bool operator==(const ExitStatus&) const = default;
};

/// Runs `body` in a child process, and waits until that has ended.
///
/// The child is a copy: what `body` changes in memory, the caller does not see. The child does
/// nothing but `body`; it never returns from this function. Its exit status is what `body` returns,
/// of which the kernel keeps the lowest 8 bits. If an exception leaves `body`, the child ends as a
/// program does whose main threw: by SIGABRT.
///
/// What the caller has written to stdout and has not been flushed yet is printed once, and before
/// anything that the child prints; what the child prints by stdio or std::cout is printed, too,
/// when `body` returns. The child runs no handlers that the caller registered by atexit(3).
///
/// A signal handler that runs while the caller waits changes nothing. Other children that the
/// caller may have are left alone: only this one is waited for, and it does not stay a zombie.
///
/// @throws ipc::SystemError  if there can be no child (fork(2): EAGAIN, ENOMEM).
/// @see fork(2), waitpid(2), _exit(2), fflush(3)
ExitStatus run_child(const std::function<int()>& body);

}  // namespace lab
