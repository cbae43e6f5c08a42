#include "common/cli/exploration_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/signals.h"
#include "common/ipc/system_error.h"
#include "common/report/text.h"

namespace cli {

namespace {

std::string shown(const std::string& file) { return report::clean(file, report::Lines::join); }

void try_out_one(const char* option, const std::optional<std::string>& file) try {
  if (file) AtomicFile::try_out(*file);
} catch (const ipc::SystemError& error) {
  throw UsageError(
      fmt::format("{} {} cannot be written: {}. Name a file in a directory that exists and that "
                  "you may write to",
                  option, shown(*file), error.what()));
}

void publish(const std::string& file, const std::string& text) try {
  // With a temporary file on the disk, a signal must not end us where we stand.
  const Signals signals;
  AtomicFile(file).publish(text);
} catch (const ipc::SystemError& error) {
  throw GraderError(fmt::format("{} could not be written: {}; no half-written file is left",
                                shown(file), error.what()));
}

}  // namespace

void ExplorationFiles::try_out() const {
  if (json != "-") try_out_one("--json", json);
  for (const auto& [option, file] : {std::pair{"--page", page}, std::pair{"--trace", trace}}) {
    if (file == "-") throw UsageError(fmt::format("{} takes the name of a file", option));
    try_out_one(option, file);
  }
}

void ExplorationFiles::write(const report::Exploration& exploration) const {
  if (page) publish(*page, report::to_page(exploration));
  if (trace) publish(*trace, report::to_trace(exploration).dump() + "\n");
  if (!json) return;
  const std::string text = report::to_json(exploration).dump(2) + "\n";
  if (*json == "-") {
    print(STDOUT_FILENO, text);
  } else {
    publish(*json, text);
  }
}

}  // namespace cli
