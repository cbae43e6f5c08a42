#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/report/result.h"

namespace cli {

/// What the command remembers between two calls, in a directory beside the kit (`build/progress`):
/// the last result of each check in the student's own tree, and how many hints were shown.
///
/// Nothing here is needed for grading: where it cannot be written, or what is there cannot be read,
/// it is as if there were nothing.
class ProgressStore {
 public:
  /// @param kit_root  the kit's own directory.
  explicit ProgressStore(const std::filesystem::path& kit_root);

  /// The last result for `lab`, such as "01-pipe".
  [[nodiscard]] std::optional<report::LabResult> last_result(const std::string& lab) const;

  /// @returns whether it could be kept.
  [[nodiscard]] bool keep(const report::LabResult& result) const;

  /// Keeps the results of some of a lab's checks in place of their last ones. Of a lab that was
  /// never graded as a whole nothing is kept: nobody would know of the others.
  /// @returns whether they were kept.
  [[nodiscard]] bool keep_some(const report::LabResult& result) const;

  /// How many hints of `check` were shown so far.
  [[nodiscard]] int hints_shown(const std::string& lab, const std::string& check) const;

  /// @returns whether it could be kept.
  [[nodiscard]] bool set_hints_shown(const std::string& lab, const std::string& check,
                                     int count) const;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  [[nodiscard]] bool write(const std::string& name, const std::string& text) const;

  std::filesystem::path directory_;
};

}  // namespace cli
