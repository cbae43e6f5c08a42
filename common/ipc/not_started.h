#pragma once

#include <exception>

namespace ipc {

/// Thrown by a function of a lab that nobody has written yet.
class NotStarted : public std::exception {
 public:
  NotStarted(const char* function, const char* file, int line) noexcept
      : function_(function), file_(file), line_(line) {}

  [[nodiscard]] const char* what() const noexcept override { return "not started"; }
  [[nodiscard]] const char* function() const noexcept { return function_; }
  [[nodiscard]] const char* file() const noexcept { return file_; }
  [[nodiscard]] int line() const noexcept { return line_; }

 private:
  const char* function_;
  const char* file_;
  int line_;
};

/// Marks a function that is still to be written: delete the call when you begin.
/// The grader then says "not started" instead of blaming code that is not there.
/// @throws NotStarted  always.
[[noreturn]] inline void not_started(const char* function = __builtin_FUNCTION(),
                                     const char* file = __builtin_FILE(),
                                     int line = __builtin_LINE()) {
  throw NotStarted(function, file, line);
}

}  // namespace ipc
