#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/cli/exploration_files.h"
#include "common/cli/grading.h"
#include "common/explore/explorer.h"
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

struct ExploreOptions {
  std::vector<std::string> sources;     ///< Or one program that is linked with the engine already.
  std::vector<std::string> arguments;   ///< Of the program.
  std::optional<std::string> compiler;  ///< A command, such as "clang++ -std=c++20".
  explore::Search search;
  std::vector<std::string> kill;  ///< Processes: "main", "child", "child 2", or their numbers.
  ExplorationFiles files;
  bool colour = true;
};
/// Runs a program under schedule after schedule. @returns 0: nothing found; 1: a finding
int explore(const judge::Kit& kit, const ExploreOptions& options);

struct ReplayOptions {
  std::string id;
  std::optional<std::string> debug;  ///< "child@12": a debugger, in that process before that step.
  ExplorationFiles files;            ///< A page and a trace.
  bool colour = true;
};
/// Runs a schedule that was kept once more, and tells all of its steps.
int replay(const judge::Kit& kit, const ReplayOptions& options);

/// Looks at the machine; does not need a kit that works.
int doctor(bool colour);

}  // namespace cli
