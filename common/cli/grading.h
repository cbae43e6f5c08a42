#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "common/cli/screen.h"
#include "common/cli/signals.h"
#include "common/judge/kit.h"
#include "common/report/result.h"
#include "common/report/terminal.h"

/// Grading one lab, as `grade` and `watch` both do it.
namespace cli {

struct GradingOptions {
  std::uint64_t seed = 1;
  int jobs = 1;
  std::optional<std::string> check;        ///< A regular expression that selects checks.
  std::optional<std::uint64_t> schedules;  ///< At most so many of each scenario, and not its own.
};

/// Tells that what is being graded is no longer what is there.
struct Outdated {
  int fd = -1;                  ///< Readable when there is something to look at.
  std::function<bool()> ask{};  ///< True if grading must begin again.
};

/// Runs the judge of `lab` and shows on `screen` how far it is.
/// @returns the result; nothing if it is outdated before it is there.
/// @throws report::JudgeError, Interrupted  @see run_judge
std::optional<report::LabResult> grade_lab(const judge::Kit& kit, const judge::Lab& lab,
                                           const std::filesystem::path& submission,
                                           const GradingOptions& options, const Signals& signals,
                                           Screen& screen, const Outdated& outdated = {});

/// What is graded, and how the reader said so.
struct Graded {
  const judge::Lab& lab;
  const std::filesystem::path& submission;
  const std::optional<std::string>& from;
  const GradingOptions& options;
  bool is_kept;  ///< As the student's progress, where `hint` finds it.
};

/// How a report on it looks on `screen`.
report::View view_of(const Screen& screen, const Graded& graded);

/// What may follow a command and its lab.
struct Arguments {
  std::optional<std::string> check{};
  std::optional<std::string> from{};
  std::optional<std::uint64_t> seed{};
};

/// What the reader types in a shell to call the command: `make grade LAB=01` if make called us, or
/// else `ipclab grade 01`. `lab` may be empty.
std::string command_text(const std::string& command, const std::string& lab,
                         const Arguments& arguments = {});

/// What is said when the grader could not grade `lab`, on several lines.
std::string failure_text(const std::string& lab, const std::string& why);

/// How many processors this program may use.
int processors();

}  // namespace cli
