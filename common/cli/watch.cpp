#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/progress_store.h"
#include "common/cli/save_watch.h"
#include "common/cli/selection.h"
#include "common/report/style.h"
#include "common/report/text.h"

namespace cli {

namespace {

void wait_for_save(SaveWatch& saves, const Signals& signals) {
  while (!saves.saved()) {
    std::array<pollfd, 2> waits{pollfd{saves.fd(), POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    ::poll(waits.data(), waits.size(), -1);
    signals.check();
  }
}

}  // namespace

int watch(const judge::Kit& kit, const WatchOptions& options) {
  const std::vector<judge::Lab> labs = kit.labs();
  const judge::Lab lab = find_lab(labs, options.lab);
  const Source source = find_source(options.from);
  const std::filesystem::path submission = find_submission(source, lab, labs);
  const bool is_kept = source.is_default && !options.grading.check;
  const ProgressStore store(kit.root());
  Screen screen = Screen::of(STDOUT_FILENO, options.colour);
  const report::Style style(screen.colour);

  const Signals signals;
  SaveWatch saves(submission);
  try {
    while (true) {
      if (screen.is_terminal) print(screen.fd, "\x1b[H\x1b[2J");
      try {
        const auto result = grade_lab(kit, lab, submission, options.grading, signals, screen,
                                      {saves.fd(), [&] { return saves.saved(); }});
        if (!result) {  // saved again in the meantime
          saves.settle();
          continue;
        }
        screen.measure();
        const Graded graded{lab, submission, options.from, options.grading, is_kept};
        print(screen.fd, report::render(*result, view_of(screen, graded)));
        if (source.is_default) {
          static_cast<void>(is_kept ? store.keep(*result) : store.keep_some(*result));
        }
      } catch (const report::JudgeError& error) {
        print(STDERR_FILENO, failure_text(lab.name, error.what()));
      }
      print(
          screen.fd,
          "  " +
              style(report::Tone::dim,
                    fmt::format("Waiting for the next save in {} (Ctrl-C ends)",
                                report::clip(
                                    report::clean(submission.string(), report::Lines::join), 40))) +
              "\n");
      wait_for_save(saves, signals);
      saves.settle();
    }
  } catch (const Interrupted& interrupted) {
    // Ctrl-C is how this command ends when all is well.
    if (interrupted.exit_status() != 128 + SIGINT) throw;
    return full_marks;
  }
}

}  // namespace cli
