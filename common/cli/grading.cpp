#include "common/cli/grading.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "common/cli/judge_process.h"
#include "common/cli/source_lines.h"
#include "common/report/progress.h"
#include "common/report/text.h"

namespace cli {

namespace {

report::HintCounts hint_counts(const judge::Kit& kit, const judge::Lab& lab) {
  report::HintCounts counts;
  for (const auto& [check, hints] : kit.hints(lab.name)) {
    counts[check] = static_cast<int>(hints.size());
  }
  return counts;
}

/// `word` as a shell takes it for one word.
std::string quoted(const std::string& word) {
  const bool is_plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./+,:@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (is_plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return report::clean(text + "'", report::Lines::join);
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

  if (options.schedules) {
    ::setenv("IPCLAB_SCHEDULES", std::to_string(*options.schedules).c_str(), 1);
  }
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

report::View view_of(const Screen& screen, const Graded& graded) {
  const judge::Lab& lab = graded.lab;
  report::View view;
  view.colour = screen.colour;
  view.width = screen.columns;
  for (const judge::Part& part : lab.parts) view.part_titles[part.letter] = part.title;
  view.hint_command = [name = lab.name, is_kept = graded.is_kept](const std::string& check,
                                                                  bool is_first) {
    if (is_first && is_kept) return command_text("hint", name);
    return command_text("hint", name, {.check = check});
  };
  Arguments again{.from = graded.from};
  if (graded.options.seed != GradingOptions().seed) again.seed = graded.options.seed;
  view.replay_command = [name = lab.name, again](const std::string& check) mutable {
    again.check = "^" + check + "$";
    return command_text("grade", name, again);
  };
  view.is_thorough = graded.options.check.has_value();
  view.handout = "labs/" + lab.name + "/README.md";
  view.doctor_command = command_text("doctor", "");
  const auto source = std::make_shared<SourceLines>(graded.submission, lab);
  view.source_line = [source](const std::string& file, int line) {
    return source->line(file, line);
  };
  return view;
}

std::string command_text(const std::string& command, const std::string& lab,
                         const Arguments& arguments) {
  const std::string number = lab.substr(0, 2);
  const bool by_make = std::getenv("MAKELEVEL") != nullptr;  // make(1) sets it for what it runs
  std::string text = (by_make ? "make " : "ipclab ") + command;
  if (!number.empty()) text += (by_make ? " LAB=" : " ") + number;
  // `hint` takes the check as it is.
  const char* const check = by_make ? " CHECK=" : command == "hint" ? " " : " --check ";
  if (arguments.from) text += (by_make ? " FROM=" : " --from ") + quoted(*arguments.from);
  if (arguments.check) text += check + quoted(*arguments.check);
  if (arguments.seed) text += (by_make ? " SEED=" : " --seed ") + std::to_string(*arguments.seed);
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
