#include <fmt/format.h>
#include <unistd.h>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/progress_store.h"
#include "common/cli/screen.h"
#include "common/report/layout.h"

namespace cli {

namespace {

using report::Tone;

/// "17 of 20" for a part, or nothing if no check of it was judged.
std::string part_points(const report::LabResult& result, const std::string& letter) {
  report::LabResult part;
  for (const report::Check& check : result.checks) {
    if (check.info.part == letter) part.checks.push_back(check);
  }
  if (part.checks.empty()) return "";
  return fmt::format("{} of {}", part.score(), part.max_score());
}

}  // namespace

int list(const judge::Kit& kit, bool colour) {
  const Screen screen = Screen::of(STDOUT_FILENO, colour);
  const ProgressStore store(kit.root());
  report::Page page(screen.colour, screen.columns);
  page.blank();
  for (const judge::Lab& lab : kit.labs()) {
    const auto last = store.last_result(lab.name);
    const bool full = last && last->score() == last->max_score();
    page.columns({.left = lab.name + "   " + lab.title,
                  .left_tone = Tone::strong,
                  .right = last ? fmt::format("{} of {}", last->score(), last->max_score())
                                : "not graded yet",
                  .right_tone = full   ? Tone::good
                                : last ? Tone::strong
                                       : Tone::dim});
    for (const judge::Part& part : lab.parts) {
      page.columns({.indent = 4,
                    .left = part.letter + "   " + part.title,
                    .right = last ? part_points(*last, part.letter) : "",
                    .right_tone = Tone::dim});
    }
    page.blank();
  }
  print(screen.fd, page.take());
  return full_marks;
}

}  // namespace cli
