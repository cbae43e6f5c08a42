#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/judge/bytes.h"
#include "common/judge/sandbox.h"

namespace judge {

/// What a sandboxed command said and left.
struct Captured {
  int status = 0;           ///< as wait(2) gives it
  std::string diagnostics;  ///< standard output and error
  Bytes result;             ///< what it wrote to descriptor 3
  bool too_much = false;    ///< it printed more than the limit, and was killed
  bool too_long = false;    ///< it ran longer than the limit, or could not go on, and was killed
  std::chrono::milliseconds cpu{0};  ///< processor time
  [[nodiscard]] bool succeeded() const { return status == 0 && !too_much && !too_long; }
};

/// Bounds on what `capture` takes.
struct CaptureLimits {
  std::size_t diagnostics = 4 << 20;  ///< bytes
  std::size_t result = 64 << 20;      ///< bytes
  std::chrono::seconds time{60};
};

/// Starts `command` in `sandbox` and waits for its end. Nothing of it is left afterwards.
Captured capture(Sandbox& sandbox, const std::vector<std::string>& command, const std::string& work,
                 const Limits& limits, const CaptureLimits& bounds = {});

}  // namespace judge
