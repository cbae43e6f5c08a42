#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/progress_store.h"
#include "common/cli/selection.h"
#include "common/ipc/system_error.h"
#include "common/report/json.h"
#include "common/report/text.h"

namespace cli {

namespace {

namespace fs = std::filesystem;
using report::LabResult;

std::string shown(const std::string& text) {
  return "'" + report::clean(text, report::Lines::join) + "'";
}

/// What is to be graded: a lab, and where the submission for it is.
struct Task {
  judge::Lab lab;
  fs::path submission;
};

std::vector<Task> tasks_for(const judge::Kit& kit, const GradeOptions& options,
                            const Source& source) {
  const std::vector<judge::Lab> labs = kit.labs();
  if (options.lab != "all") {
    const judge::Lab lab = find_lab(labs, options.lab);
    return {{lab, find_submission(source, lab, labs)}};
  }
  std::vector<Task> tasks;
  for (const judge::Lab& lab : labs) {
    if (has_lab(source, lab)) tasks.push_back({lab, source.directory / lab.name});
  }
  if (tasks.empty()) {
    throw UsageError(
        fmt::format("{} holds no lab's directory. If it is the directory of one lab, "
                    "name that lab instead of 'all'",
                    shown(source.directory.string())));
  }
  return tasks;
}

[[noreturn]] void no_check_matches(const judge::Kit& kit, const GradeOptions& options,
                                   const std::vector<Task>& tasks) {
  std::string known;
  for (const Task& task : tasks) {
    for (const auto& [check, hints] : kit.hints(task.lab.name)) known += "\n    " + check;
  }
  throw UsageError(fmt::format("--check {} matches no check{}", shown(*options.grading.check),
                               known.empty() ? "" : ". There are:" + known));
}

void try_out_json(const std::string& file) try {
  if (file != "-") AtomicFile::try_out(file);
} catch (const ipc::SystemError& error) {
  throw UsageError(fmt::format(
      "--json {} cannot be written: {}. Name a file in a directory that exists and that you may "
      "write to, or - for the standard output",
      shown(file), error.what()));
}

void write_json(const std::string& file, const std::string& text) try {
  if (file == "-") return write_text(STDOUT_FILENO, text);
  // With a temporary file on the disk, a signal must not end us where we stand.
  const Signals signals;
  AtomicFile(file).publish(text);
} catch (const ipc::SystemError& error) {
  throw GraderError(
      fmt::format("the result could not be written to {}: {}; no half-written file "
                  "is left",
                  file == "-" ? "the standard output" : shown(file), error.what()));
}

ExitStatus status_of(const std::vector<LabResult>& results) {
  ExitStatus status = full_marks;
  for (const LabResult& result : results) {
    if (result.has_errors()) return grader_failed;
    if (result.score() < result.max_score()) status = points_lost;
  }
  return status;
}

}  // namespace

int grade(const judge::Kit& kit, const GradeOptions& options) {
  const Source source = find_source(options.from);
  const std::vector<Task> tasks = tasks_for(kit, options, source);
  const bool several = options.lab == "all";
  if (options.json) try_out_json(*options.json);
  const ProgressStore store(kit.root());
  // A result of some of the checks must not replace what is known of all of them.
  const bool is_kept = source.is_default && !options.grading.check;
  // With the JSON on the standard output, the report goes where it does not disturb.
  Screen screen = Screen::of(options.json == "-" ? STDERR_FILENO : STDOUT_FILENO, options.colour);

  std::vector<LabResult> results;
  bool all_judged = true;
  for (const Task& task : tasks) {
    try {
      const auto result = [&] {
        const Signals signals;  // until the judge has gone, and no longer
        return grade_lab(kit, task.lab, task.submission, options.grading, signals, screen);
      }();
      if (result->checks.empty()) continue;  // --check selects nothing in this lab
      results.push_back(*result);
    } catch (const report::JudgeError& error) {
      all_judged = false;
      print(STDERR_FILENO, failure_text(task.lab.name, error.what()));
      continue;
    }
    const report::View view =
        view_of(screen, {task.lab, task.submission, options.from, options.grading, is_kept});
    const bool fold = several && report::is_not_started(results.back());
    print(screen.fd, fold ? report::render_not_started(results.back(), view)
                          : report::render(results.back(), view));
    if (source.is_default) {
      static_cast<void>(is_kept ? store.keep(results.back()) : store.keep_some(results.back()));
    }
  }
  if (results.empty() && all_judged) {
    if (options.grading.check) no_check_matches(kit, options, tasks);
    throw GraderError("the judge has no checks");
  }
  if (several && all_judged &&
      std::all_of(results.begin(), results.end(), report::is_not_started)) {
    const Task& first = tasks.front();
    print(screen.fd,
          report::render_beginning(view_of(screen, {first.lab, first.submission, options.from,
                                                    options.grading, source.is_default})));
  }
  if (several && results.size() > 1) {
    report::View view;
    view.colour = screen.colour;
    view.width = screen.columns;
    print(screen.fd, "\n" + report::render_summary(results, view));
  }
  // A gradebook that reads the file must not take a part for the whole.
  if (options.json && all_judged) {
    write_json(*options.json, several ? report::to_text(results) : report::to_text(results[0]));
  }
  if (!all_judged) {
    if (options.json) print(STDERR_FILENO, "No JSON was written.\n");
    return grader_failed;
  }
  return status_of(results);
}

}  // namespace cli
