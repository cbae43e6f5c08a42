#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/cli/grading.h"
#include "common/judge/kit.h"

/// The commands, each in a file of its name. All return the exit status, and throw what
/// exit_status.h declares.
namespace cli {

struct GradeOptions {
  std::string lab;  ///< Or "all".
  std::optional<std::string> from;
  std::optional<std::string> json;  ///< A file, or "-".
  GradingOptions grading;
  bool colour = true;
};
int grade(const judge::Kit& kit, const GradeOptions& options);

struct WatchOptions {
  std::string lab;
  std::optional<std::string> from;
  GradingOptions grading;
  bool colour = true;
};
int watch(const judge::Kit& kit, const WatchOptions& options);

struct HintOptions {
  std::string lab;
  std::optional<std::string> check;
  bool colour = true;
};
int hint(const judge::Kit& kit, const HintOptions& options);

int list(const judge::Kit& kit, bool colour);

/// What `make` alone shows: how far the student has come, and what to do next.
int progress(const judge::Kit& kit, bool colour);

/// Looks at the machine; does not need a kit that works.
int doctor(bool colour);

}  // namespace cli
