#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/explore/explorer.h"

namespace cli {

/// A schedule in which a program went wrong, with all that is needed to run it again: the program
/// itself, too, because after the next edit its steps would be others.
struct KeptSchedule {
  std::string program;  ///< As it was named.
  std::vector<std::string> arguments;
  explore::Search search;  ///< Its rules; how it was found does not matter any more.
  std::vector<std::uint8_t> choices;
  std::string kind;  ///< What was found.
};

/// The schedules that are kept, beside the kit (`build/schedules`).
class ScheduleStore {
 public:
  explicit ScheduleStore(const std::filesystem::path& kit_root);

  /// Keeps a schedule with a copy of `file`.
  /// @returns its id; empty if it could not be kept, which is no reason to fail.
  [[nodiscard]] std::string keep(const KeptSchedule& schedule,
                                 const std::filesystem::path& file) const;

  /// @throws UsageError  if there is no such schedule, or it cannot be read.
  [[nodiscard]] KeptSchedule find(const std::string& id) const;
  [[nodiscard]] std::filesystem::path program(const std::string& id) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace cli
