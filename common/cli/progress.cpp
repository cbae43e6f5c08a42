#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/progress_store.h"
#include "common/cli/screen.h"
#include "common/report/layout.h"
#include "common/report/terminal.h"
#include "common/report/text.h"

namespace cli {

namespace {

using report::LabResult;
using report::Tone;

struct Standing {
  judge::Lab lab;
  std::optional<LabResult> last;
};

bool is_done(const Standing& standing) {
  return standing.last && standing.last->max_score() > 0 &&
         standing.last->score() == standing.last->max_score();
}

/// What to work at next in a lab: the first check that failed, or that nobody has started.
std::string next_step(const LabResult& result) {
  for (const char* status : {"failed", "not-started"}) {
    for (const report::Check& check : result.checks) {
      if (check.status == status) {
        return fmt::format("part {}: {}", check.info.part, check.info.title);
      }
    }
  }
  return "grade it again";
}

void write_next(report::Page& page, const std::vector<Standing>& standings) {
  const auto next = std::find_if_not(standings.begin(), standings.end(), is_done);
  if (next == standings.end()) {
    page.line(page.style()(Tone::good, "All labs have full marks."));
    return;
  }
  const std::string name = next->lab.name;
  const bool begun = next->last && !report::is_not_started(*next->last);
  page.paragraph(page.style()(Tone::advice, "Next") + "   ", 7,
                 begun ? fmt::format("{}, {}", name, next_step(*next->last))
                       : fmt::format("read labs/{}/README.md and begin", name),
                 Tone::plain);
  page.blank();
  const auto command = [&](const std::string& what, const std::string& why) {
    page.line("       " + report::pad(command_text(what, name), 20) + page.style()(Tone::dim, why));
  };
  command("grade", "what is right, what is wrong, and why");
  command("watch", "the same at every save");
  command("hint", "one hint for the first thing that is wrong");
}

}  // namespace

int progress(const judge::Kit& kit, bool colour) {
  const Screen screen = Screen::of(STDOUT_FILENO, colour);
  const ProgressStore store(kit.root());
  report::Page page(screen.colour, screen.columns);
  std::vector<Standing> standings;
  int name_width = 0, title_width = 0;
  for (const judge::Lab& lab : kit.labs()) {
    standings.push_back({lab, store.last_result(lab.name)});
    name_width = std::max(name_width, report::display_width(lab.name) + 3);
    title_width = std::max(title_width, report::display_width(lab.title));
  }
  title_width += name_width;
  if (standings.empty()) throw GraderError("the kit holds no labs");

  constexpr int right_width = 11;  // "not started"
  title_width = std::min(title_width, page.width() * 2 / 3);
  const int bar_width = std::min(40, page.width() - title_width - right_width - 6);
  page.blank();
  page.line(page.style()(Tone::strong, "IPC Labs"));
  page.blank();
  for (const Standing& standing : standings) {
    const std::string name = report::pad(standing.lab.name, name_width) + standing.lab.title;
    const bool begun = standing.last && !report::is_not_started(*standing.last);
    const int score = begun ? standing.last->score() : 0;
    const int max_score = begun ? standing.last->max_score() : 1;
    const std::string right = begun ? fmt::format("{} of {}", score, max_score) : "not started";
    page.line(
        report::pad(report::clip(name, title_width), title_width) + "   " +
        (bar_width >= 5 ? report::bar(page.style(), score, max_score, bar_width) + "   " : "") +
        page.style()(is_done(standing) ? Tone::good
                     : begun           ? Tone::strong
                                       : Tone::dim,
                     right));
  }
  page.blank();
  write_next(page, standings);
  page.blank();
  print(screen.fd, page.take());
  return full_marks;
}

}  // namespace cli
