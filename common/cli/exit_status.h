#pragma once

#include <stdexcept>
#include <string>

namespace cli {

/// What the command ends with, as shells and `make` see it.
enum ExitStatus : int {
  full_marks = 0,  ///< And for commands that grade nothing: it worked.
  points_lost = 1,
  wrong_usage = 2,
  grader_failed = 3,  ///< The grader itself could not do its job; nothing is said about the code.
};

/// The command was called with something that it cannot work on. `what()` says what to do instead.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The grader could not do its job, for a reason that lies outside the submission.
class GraderError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ctrl-C, or a request to end. Thrown where it is noticed, so that everything that was begun is
/// taken back on the way out: the judge's processes, temporary files, the live display.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}

  /// What a shell reports of a process that the signal ended: 130 for Ctrl-C.
  [[nodiscard]] int exit_status() const { return 128 + signal_; }

 private:
  int signal_;
};

}  // namespace cli
