#include "common/cli/grading.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "common/cli/judge_process.h"
#include "common/cli/source_lines.h"
#include "common/report/progress.h"

namespace cli {

namespace {

report::HintCounts hint_counts(const judge::Kit& kit, const judge::Lab& lab) {
  report::HintCounts counts;
  for (const auto& [check, hints] : kit.hints(lab.name)) {
    counts[check] = static_cast<int>(hints.size());
  }
  return counts;
}

double to_milliseconds_precision(std::chrono::duration<double> time) {
  return std::round(time.count() * 1000) / 1000;
}

}  // namespace

std::optional<report::LabResult> grade_lab(const judge::Kit& kit, const judge::Lab& lab,
                                           const std::filesystem::path& submission,
                                           const GradingOptions& options, const Signals& signals,
                                           Screen& screen, const Outdated& outdated) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  report::Assembler assembler(hint_counts(kit, lab));
  LiveArea live(screen);

  Watching watching;
  watching.live = screen.is_terminal;
  watching.other_fd = outdated.fd;
  watching.is_outdated = outdated.ask;
  watching.tick = [&] {
    if (!screen.is_terminal) return;
    screen.measure();
    const auto tenths = (Clock::now() - begin) / std::chrono::milliseconds(100);
    live.show(report::render_progress(assembler, lab.name,
                                      {.colour = screen.colour,
                                       .width = screen.columns,
                                       .lines = screen.lines,
                                       .tick = static_cast<int>(tenths)}));
  };

  JudgeCall call;
  call.judge = kit.judge(lab.name);
  call.submission = submission;
  call.seed = options.seed;
  call.jobs = options.jobs;
  call.check = options.check;
  if (!run_judge(call, assembler, signals, watching)) return std::nullopt;

  report::LabResult result = assembler.finish();
  result.seconds = to_milliseconds_precision(Clock::now() - begin);
  return result;
}

report::View view_of(const Screen& screen, const judge::Lab& lab,
                     const std::filesystem::path& submission, bool is_kept) {
  report::View view;
  view.colour = screen.colour;
  view.width = screen.columns;
  for (const judge::Part& part : lab.parts) view.part_titles[part.letter] = part.title;
  view.hint_command = [name = lab.name, is_kept](const std::string& check, bool is_first) {
    if (is_first && is_kept) return command_text("hint", name);
    return command_text("hint", name, check);
  };
  view.handout = "labs/" + lab.name + "/README.md";
  view.doctor_command = command_text("doctor", "");
  const auto source = std::make_shared<SourceLines>(submission, lab);
  view.source_line = [source](const std::string& file, int line) {
    return source->line(file, line);
  };
  return view;
}

std::string command_text(const std::string& command, const std::string& lab,
                         const std::optional<std::string>& check) {
  const std::string number = lab.substr(0, 2);
  const bool by_make = std::getenv("MAKELEVEL") != nullptr;  // make(1) sets it for what it runs
  std::string text = (by_make ? "make " : "ipclab ") + command;
  if (!number.empty()) text += (by_make ? " LAB=" : " ") + number;
  if (check) text += (by_make ? " CHECK=" : " ") + *check;
  return text;
}

std::string failure_text(const std::string& lab, const std::string& why) {
  return fmt::format(
      "ipclab: the grader failed at {}: {}\n"
      "This says nothing about your code, and no point is lost: it is the grader's own failure.\n"
      "`{}` tells what this machine has and what it lacks.\n",
      lab, why, command_text("doctor", ""));
}

int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace cli
