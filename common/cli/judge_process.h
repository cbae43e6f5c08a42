#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "common/cli/signals.h"
#include "common/ipc/unique_fd.h"
#include "common/report/result.h"

namespace cli {

/// How a judge is called.
struct JudgeCall {
  std::filesystem::path judge;
  std::filesystem::path submission;
  std::uint64_t seed = 1;
  int jobs = 1;
  std::optional<std::string> check;  ///< A regular expression; all checks if there is none.

  /// A judge that has said nothing for so long hangs. It ends every run of a submission long
  /// before, so this is no limit on the code that is graded.
  std::chrono::milliseconds silence{std::chrono::minutes(10)};
};

/// What happens beside the judge while it works.
struct Watching {
  /// Called at every turn of the wait, and at least ten times a second if `live`.
  std::function<void()> tick;
  bool live = false;

  /// A descriptor to wait for as well, and what to ask when it is readable: true stops the judge.
  int other_fd = -1;
  std::function<bool()> is_outdated;
};

/// Runs a judge and hands what it says to `assembler`, line by line as it comes.
/// @returns false if the judge was stopped because `is_outdated` said so.
/// @throws report::JudgeError  if the judge dies, hangs, says what makes no sense, or says itself
///         that it cannot do its job; what it printed is part of the message.
/// @throws Interrupted         when a signal asks this program to end.
/// Whatever way it ends, no process of the judge's group is left.
bool run_judge(const JudgeCall& call, report::Assembler& assembler, const Signals& signals,
               const Watching& watching);

}  // namespace cli
