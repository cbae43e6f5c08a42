#pragma once

#include <csignal>
#include <optional>

#include "common/ipc/unique_fd.h"

namespace cli {

/// Turns signals into something that can be waited for together with a judge's lines: from its
/// construction on, SIGINT, SIGTERM, SIGHUP, SIGCHLD and SIGWINCH are blocked and arrive at fd().
///
/// So nothing is ever interrupted between two of its steps, and what has been begun can be taken
/// back in order. Keep one for as long as there is something to take back, and no longer: while it
/// lives, Ctrl-C does nothing to a write(2) that waits for a slow reader.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Readable when a signal has arrived. @see signalfd(2)
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// The next signal that has arrived, if there is one.
  [[nodiscard]] std::optional<int> next() const;

  /// Takes what has arrived.
  /// @throws Interrupted  if one of the signals asks the program to end.
  void check() const;

  /// To be called in a child before exec: a program must not inherit that we block these signals
  /// and ignore SIGPIPE.
  static void restore_defaults() noexcept;

 private:
  ipc::UniqueFd fd_;
  sigset_t previous_{};
};

}  // namespace cli
