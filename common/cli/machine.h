#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/judge/kit.h"

namespace cli {

/// One thing that grading uses, and how this machine has it.
struct Feature {
  enum class State {
    present,
    limited,  ///< Grading works, with less of something.
    missing,  ///< Grading does not work.
  };

  std::string name;  ///< "namespaces".
  State state = State::present;
  std::string found;   ///< What is there, or why it is not.
  std::string cost{};  ///< What that costs, unless all is well.
};

/// @name What is looked at, by trying it where that can be done.
/// @{
std::vector<Feature> look_at_kernel();     ///< Version, namespaces, seccomp, Landlock, cgroup.
std::vector<Feature> look_at_resources();  ///< Message queues, /dev/shm, processors, memory.
std::vector<Feature> look_at_tools(const std::optional<judge::Kit>& kit,
                                   const std::string& why_no_kit);  ///< Kit, compiler, linker.
/// @}

/// A program that has been run to its end.
struct ProgramRun {
  bool started = false;
  int exit_status = -1;  ///< -1 if a signal ended it.
  std::string output;    ///< Standard output and standard error, together.
};

/// Runs `arguments[0]`, found in PATH, without any input.
ProgramRun run_program(const std::vector<std::string>& arguments);

/// The first line of a text file, such as those in /proc; nothing if it cannot be read.
std::optional<std::string> first_line(const std::string& path);

/// "64 MiB", "1.5 GiB".
std::string size_text(double bytes);

}  // namespace cli
