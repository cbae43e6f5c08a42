/// The `ipclab` command: reads the command line, calls the command, turns what goes wrong into a
/// message and an exit status.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/judge/pattern.h"
#include "common/report/text.h"

namespace {

using cli::UsageError;

/// The words of the command line, as they were typed.
struct Words {
  std::string lab, from, json, check, seed = "1", jobs;
  // Of `explore` and `replay`.
  std::vector<std::string> sources, arguments, kill;
  std::string schedules, preemptions = "2", strategy = "mixed", weak_memory = "on";
  std::string timeout, compiler, id, debug, page, trace;
  bool spurious = false, faults = false;
  bool no_colour = false;
};

template <class Number>
Number number_from(const std::string& word, const std::string& option, Number least,
                   const std::string& kind) {
  Number number{};
  const char* end = word.data() + word.size();
  const auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc{} || rest != end || number < least) {
    throw UsageError(fmt::format("{} takes {}, not '{}'", option, kind,
                                 report::clean(word, report::Lines::join)));
  }
  return number;
}

std::optional<std::string> if_given(const std::string& word) {
  return word.empty() ? std::nullopt : std::optional<std::string>(word);
}

/// Refuses a regular expression here, where it can be said so, and not in the judge.
std::optional<std::string> check_from(const std::string& word) try {
  static_cast<void>(judge::Pattern(word));
  return if_given(word);
} catch (const std::invalid_argument& error) {
  throw UsageError(fmt::format(
      "--check '{}' is no regular expression: {}. One that selects two checks is 'ReadFull.*|"
      "Pipeline.LeavesNoZombie'",
      report::clean(word, report::Lines::join), error.what()));
}

std::uint64_t schedules_from(const std::string& word) {
  return number_from<std::uint64_t>(word, "--schedules", 1, "a whole number of at least 1");
}

cli::GradingOptions grading_from(const Words& words) {
  cli::GradingOptions options;
  options.seed = number_from<std::uint64_t>(words.seed, "--seed", 0,
                                            "a whole number from 0 to 18446744073709551615");
  // A check waits for processes about as long as it works: two on each processor keep it busy.
  options.jobs = words.jobs.empty()
                     ? 2 * cli::processors()
                     : number_from<int>(words.jobs, "--jobs", 1, "a whole number of at least 1");
  options.check = check_from(words.check);
  if (!words.schedules.empty()) options.schedules = schedules_from(words.schedules);
  return options;
}

void add_grading_options(CLI::App& command, Words& words) {
  command
      .add_option("--from", words.from,
                  "A directory of labs, or of one lab, anywhere (default: labs)")
      ->type_name("DIR");
  command.add_option("--check", words.check, "Only the checks whose name it matches")
      ->type_name("REGEX");
  command.add_option("--seed", words.seed, "What all random choices are made from (default: 1)")
      ->type_name("N");
  command
      .add_option("--schedules", words.schedules,
                  "How many orders the checks of schedules try at most (default: some hundred)")
      ->type_name("N");
  command
      .add_option("--jobs", words.jobs,
                  "How many checks run at once (default: two for each processor)")
      ->type_name("N");
}

void add_picture_options(CLI::App& command, Words& words) {
  command.add_option("--page", words.page, "Write what was found as a page for a browser: HTML")
      ->type_name("FILE");
  command
      .add_option("--trace", words.trace,
                  "Write its steps in the format that ui.perfetto.dev shows")
      ->type_name("FILE");
}

void add_explore_options(CLI::App& command, Words& words) {
  command.add_option("SOURCE", words.sources,
                     "C and C++ files, or one program that is linked with the engine already");
  command.add_option("--schedules", words.schedules, "How many schedules to try (default: 5000)")
      ->type_name("N");
  command
      .add_option("--preemptions", words.preemptions,
                  "The most preemptions of a schedule, where all are tried (default: 2)")
      ->type_name("K");
  command
      .add_option("--strategy", words.strategy,
                  "dfs: all, those with the fewest preemptions first; pct: random priorities; "
                  "random: random walks; mixed, the default: dfs, then both others")
      ->type_name("WORD");
  command.add_option("--seed", words.seed, "What all random choices are made from (default: 1)")
      ->type_name("N");
  command
      .add_option("--weak-memory", words.weak_memory,
                  "Whether atomic reads may see older values, as C++ allows (default: on)")
      ->type_name("on|off");
  command.add_flag("--spurious", words.spurious, "Waits may end for no reason, as POSIX allows");
  command.add_flag("--faults", words.faults, "Calls may fail, be interrupted, or do only a part");
  command
      .add_option("--kill-anywhere", words.kill,
                  "Kills that process before each of its steps in turn: main, child, child 2, ...; "
                  "given twice, both")
      ->type_name("ROLE")
      ->allow_extra_args(false);
  command.add_option("--timeout", words.timeout, "Ends the search after so many seconds")
      ->type_name("S");
  command
      .add_option("--json", words.json, "Write what was found to a file, or to standard output: -")
      ->type_name("FILE");
  add_picture_options(command, words);
  command
      .add_option("--cc", words.compiler,
                  "Compiles with this command, such as 'clang++ -std=c++20 -DDEBUG'")
      ->type_name("COMMAND");
  command.footer("What stands behind -- goes to the program: ipclab explore a.cpp -- --verbose 3");
}

cli::ExploreOptions exploring_from(const Words& words) {
  cli::ExploreOptions options;
  options.sources = words.sources;
  options.arguments = words.arguments;
  options.compiler = if_given(words.compiler);
  options.files = {if_given(words.json), if_given(words.page), if_given(words.trace)};
  options.kill = words.kill;
  explore::Search& search = options.search;
  if (!words.schedules.empty()) search.schedules = schedules_from(words.schedules);
  search.preemptions =
      number_from<std::uint8_t>(words.preemptions, "--preemptions", 0, "a number from 0 to 255");
  search.seed = number_from<std::uint64_t>(words.seed, "--seed", 0,
                                           "a whole number from 0 to 18446744073709551615");
  const std::map<std::string, explore::Way> ways{{"mixed", explore::Way::mixed},
                                                 {"dfs", explore::Way::systematic},
                                                 {"pct", explore::Way::priorities},
                                                 {"random", explore::Way::random}};
  const auto way = ways.find(words.strategy);
  if (way == ways.end()) {
    throw UsageError(fmt::format("--strategy is dfs, pct, random or mixed, not '{}'",
                                 report::clean(words.strategy, report::Lines::join)));
  }
  search.way = way->second;
  if (words.weak_memory != "on" && words.weak_memory != "off") {
    throw UsageError(fmt::format("--weak-memory is on or off, not '{}'",
                                 report::clean(words.weak_memory, report::Lines::join)));
  }
  search.weak_memory = words.weak_memory == "on";
  search.spurious = words.spurious;
  search.faults = words.faults;
  if (!words.timeout.empty()) {
    search.limit = std::chrono::seconds(number_from<unsigned>(
        words.timeout, "--timeout", 1, "a whole number of seconds, at least 1"));
  }
  return options;
}

int run(int argc, char** argv) {
  Words words;
  // What stands behind `--` is not ours.
  if (argc > 1 && std::string_view(argv[1]) == "explore") {
    const auto end = std::find(argv, argv + argc, std::string_view("--"));
    if (end != argv + argc) words.arguments.assign(end + 1, argv + argc);
    argc = static_cast<int>(end - argv);
  }
  CLI::App app("Grades the IPC labs, and helps while they are being solved.", "ipclab");
  app.require_subcommand(0, 1);
  app.fallthrough();  // --no-color may stand before or behind the command
  app.add_flag("--no-color,--no-colour", words.no_colour, "No colours, even on a terminal");

  CLI::App* progress = app.add_subcommand("progress", "How far you are, and what to do next");
  CLI::App* list = app.add_subcommand("list", "The labs and their parts");
  CLI::App* grade = app.add_subcommand("grade", "Grade one lab, or all");
  grade->add_option("LAB", words.lab, "1, 01, 01-pipe or all");
  add_grading_options(*grade, words);
  grade->add_option("--json", words.json, "Write the result to a file, or to standard output: -")
      ->type_name("FILE");
  CLI::App* watch = app.add_subcommand("watch", "Grade a lab again at every save");
  watch->add_option("LAB", words.lab, "1, 01 or 01-pipe");
  add_grading_options(*watch, words);
  CLI::App* hint = app.add_subcommand("hint", "One more hint for what failed first, or for CHECK");
  hint->add_option("LAB", words.lab, "1, 01 or 01-pipe");
  hint->add_option("CHECK", words.check, "A check's name, or a part of it");
  CLI::App* explore = app.add_subcommand(
      "explore", "Run any program under schedule after schedule, and tell what goes wrong");
  add_explore_options(*explore, words);
  CLI::App* replay = app.add_subcommand("replay", "Run a schedule that failed again, step by step");
  replay->add_option("ID", words.id, "The number that the finding's last line names");
  replay
      ->add_option("--gdb", words.debug,
                   "Starts gdb in that process before that step: child@12, main@3")
      ->type_name("PROCESS@STEP");
  add_picture_options(*replay, words);
  CLI::App* doctor = app.add_subcommand("doctor", "What this machine has for grading, and lacks");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help) == 0 ? cli::full_marks : cli::wrong_usage;
  } catch (const CLI::ParseError& error) {
    throw UsageError(report::clean(error.what(), report::Lines::join) +
                     ". `ipclab --help` and `ipclab COMMAND --help` tell what there is");
  }

  const bool colour = !words.no_colour;
  if (doctor->parsed()) return cli::doctor(colour);
  const judge::Kit kit = judge::Kit::of_this_program();
  const bool needs_lab = grade->parsed() || watch->parsed() || hint->parsed();
  if (needs_lab && words.lab.empty()) {
    throw UsageError(fmt::format("say which lab: `ipclab {} 01`{}. `ipclab list` shows them",
                                 app.get_subcommands().front()->get_name(),
                                 grade->parsed() ? ", or `ipclab grade all`" : ""));
  }
  if (explore->parsed()) {
    cli::ExploreOptions options = exploring_from(words);
    options.colour = colour;
    return cli::explore(kit, options);
  }
  if (replay->parsed()) {
    const cli::ExplorationFiles files{std::nullopt, if_given(words.page), if_given(words.trace)};
    return cli::replay(kit, {words.id, if_given(words.debug), files, colour});
  }
  if (grade->parsed()) {
    return cli::grade(
        kit, {words.lab, if_given(words.from), if_given(words.json), grading_from(words), colour});
  }
  if (watch->parsed()) {
    return cli::watch(kit, {words.lab, if_given(words.from), grading_from(words), colour});
  }
  if (hint->parsed()) return cli::hint(kit, {words.lab, if_given(words.check), colour});
  if (list->parsed()) return cli::list(kit, colour);
  static_cast<void>(progress);  // the same as no command at all
  return cli::progress(kit, colour);
}

/// Descriptors 0 to 2 must be something, or a pipe of ours would get such a number and what is
/// printed would go into it.
void open_standard_streams() {
  while (true) {
    const int fd = ::open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO) ::close(fd);
    if (fd < 0 || fd > STDERR_FILENO) return;
  }
}

void complain(const std::string& message) {
  try {
    cli::print(STDERR_FILENO, "ipclab: " + message + "\n");
  } catch (const std::exception&) {
    // The exit status has to do.
  }
}

}  // namespace

int main(int argc, char** argv) {
  open_standard_streams();
  // To write to a reader that has gone is an error like others, and not our end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    complain(error.what());
    return cli::wrong_usage;
  } catch (const cli::Interrupted& interrupted) {
    complain("interrupted; nothing was written");
    return interrupted.exit_status();
  } catch (const std::exception& error) {
    complain(error.what());
    return cli::grader_failed;
  }
}
