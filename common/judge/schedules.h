#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/judge/builder.h"
#include "common/judge/finding.h"
#include "common/judge/scenario.h"

namespace judge {

/// What came of a scenario's schedules.
struct Explored {
  std::optional<Finding> finding;  ///< none: all went well
  std::string message;             ///< what happened, step by step
  std::vector<Place> where;
  std::uint64_t schedules = 0;  ///< how many were run
};

/// Whose schedules are explored, and for whom.
struct Explorable {
  const Kit& kit;
  const Image& image;                                 ///< of the interleaved build
  const std::map<std::string, std::string>& sources;  ///< the submission's files, by name
  std::string name;                                   ///< "01-pipe Journal.IsWholeInEverySchedule"
  std::string scratch;  ///< what the scenario believes to be the directory for temporary files
  std::uint64_t seed = 1;
};

/// Runs a scenario in the sandbox again and again, each time in another schedule, with all of its
/// processes under the engine's control. The schedule of a finding is kept beside the kit, so that
/// `ipclab replay` can show it again.
/// @param wrong  what is wrong with a run that has come to its end; "" for nothing.
/// @throws std::logic_error  if the scenario has more in it than roles and pipes between them.
/// @throws std::runtime_error  if the sandbox cannot be started.
Explored explore_schedules(const Explorable& what, const Schedules& schedules, Scenario scenario,
                           const std::function<std::string(const RunResult&)>& wrong);

}  // namespace judge
