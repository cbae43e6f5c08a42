#pragma once

#include <optional>
#include <string>

#include "common/report/exploration.h"

namespace cli {

/// Files that a finding is written to.
struct ExplorationFiles {
  std::optional<std::string> json;   ///< Or "-": standard output.
  std::optional<std::string> page;   ///< HTML.
  std::optional<std::string> trace;  ///< For ui.perfetto.dev.

  /// Finds out whether they can be written, before anything else is done.
  /// @throws UsageError  which of them cannot, and why.
  void try_out() const;

  /// Writes those that were asked for, each of them whole or not at all.
  /// @throws GraderError  which of them could not be written, and why.
  void write(const report::Exploration& exploration) const;
};

}  // namespace cli
