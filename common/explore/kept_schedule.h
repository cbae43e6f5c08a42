#pragma once

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/explore/explorer.h"

namespace explore {

/// A schedule in which a program went wrong, with all that is needed to run it again: the program
/// itself, too, because after the next edit its steps would be others.
struct KeptSchedule {
  std::string program;  ///< As it was named.
  std::vector<std::string> arguments;
  Search search;  ///< Its rules; how it was found does not matter any more.
  std::vector<std::uint8_t> choices;
  std::string kind;  ///< What was found, as the story says it.
  /// Of a lab's check: the playbill, whose file is the one argument; the names of its processes;
  /// the files of the submission, by name; and what was wrong, if that was for the check to say.
  std::string playbill{};
  std::vector<std::string> names{};
  std::map<std::string, std::string> sources{};
  std::string wrong{};
};

/// There is no such schedule, or it cannot be read; says so to a person.
class NoSchedule : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What stands in a kept playbill for the directory for temporary files, which is a new one each
/// time.
inline constexpr const char* scratch_placeholder = "/ipclab-scratch";

/// The schedules that are kept, beside the kit (`build/schedules`); of who may not write there, in
/// a directory of his own among the temporary files.
class ScheduleStore {
 public:
  explicit ScheduleStore(const std::filesystem::path& kit_root);

  /// Keeps a schedule with a copy of `file`.
  /// @returns its id, the same for the same schedule; empty if it could not be kept, which is no
  ///          reason to fail.
  [[nodiscard]] std::string keep(const KeptSchedule& schedule,
                                 const std::filesystem::path& file) const;

  /// @throws NoSchedule
  [[nodiscard]] KeptSchedule find(const std::string& id) const;
  [[nodiscard]] std::filesystem::path program(const std::string& id) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace explore
