#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace ipc {

/// A system call that failed: which call it was, and the errno it left.
///
/// `what()` reads like "write: Broken pipe (EPIPE)". It is small on purpose: the header
/// system_error of the standard library alone costs half of a short file's compile time.
/// @see errno(3), strerrorname_np(3)
class SystemError : public std::runtime_error {
 public:
  /// @param call   the call that failed, as the man page names it: "write", "fork".
  /// @param error  the errno it left; by default the current one.
  explicit SystemError(const char* call, int error = errno)
      : std::runtime_error(describe(call, error)), error_(error) {}

  /// The errno of the failed call, such as EPIPE.
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  static std::string describe(const char* call, int error) {
    const char* name = ::strerrorname_np(error);
    return std::string(call) + ": " + ::strerror(error) + " (" + (name ? name : "unknown") + ")";
  }

  int error_;
};

}  // namespace ipc
