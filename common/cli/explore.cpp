#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/screen.h"
#include "common/cli/signals.h"
#include "common/cli/temporary_directory.h"
#include "common/explore/compile.h"
#include "common/explore/kept_schedule.h"
#include "common/ipc/system_error.h"
#include "common/report/exploration.h"
#include "common/report/text.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

void look_for(const std::vector<std::string>& sources) {
  for (const std::string& source : sources) {
    if (fs::is_regular_file(source)) continue;
    throw UsageError(
        fmt::format("there is no file {}", report::clean(source, report::Lines::join)));
  }
}

/// The program of `options`: compiled into `directory`, if it is not one already.
fs::path program_of(const judge::Kit& kit, const ExploreOptions& options,
                    const fs::path& directory) {
  look_for(options.sources);
  if (options.sources.size() == 1 && explore::is_executable(options.sources[0])) {
    return fs::absolute(options.sources[0]);
  }
  explore::Toolchain tools;
  tools.compiler = kit.compiler();
  tools.engine = kit.root() / "interleave" / "libinterleave.a";
  if (options.compiler) {
    try {
      tools.command = explore::words_of(*options.compiler);
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--cc: {}", error.what()));
    }
  }
  try {
    return explore::compile(tools, options.sources, directory);
  } catch (const explore::CompileError& error) {
    throw GraderError(error.what());
  }
}

/// "main", "child", "child 2" or a number: in the order in which they are forked.
std::uint32_t process_number(const std::string& name) {
  if (name == "main") return 0;
  if (name == "child") return 1;
  std::string_view digits = name;
  if (digits.starts_with("child ")) digits.remove_prefix(6);
  std::uint32_t number = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || rest != digits.data() + digits.size() ||
      number >= interleave::most_threads) {
    throw UsageError(fmt::format(
        "no process is called '{}': 'main' is the first, 'child' or 1 the first that is forked, 2 "
        "the next",
        report::clean(name, report::Lines::join)));
  }
  return number;
}

std::string last_line(const std::string& id) {
  if (id.empty()) return "";
  const std::string command =
      std::getenv("MAKELEVEL") != nullptr ? "make replay ID=" + id : "ipclab replay " + id;
  return "  " + command + " shows it again, with every step.\n";
}

}  // namespace

int explore(const judge::Kit& kit, const ExploreOptions& options) {
  if (options.sources.empty()) {
    throw UsageError("say what to explore: `ipclab explore program.cpp`");
  }
  options.files.try_out();
  const TemporaryDirectory directory;
  const fs::path program = program_of(kit, options, directory.path());

  report::Exploration result;
  result.program = options.sources[0];
  result.arguments = options.arguments;
  result.search = options.search;
  for (const std::string& name : options.kill) {
    result.search.kill.push_back(process_number(name));
  }

  const bool to_stdout = options.files.json == "-";
  Screen screen = Screen::of(to_stdout ? STDERR_FILENO : STDOUT_FILENO, options.colour);
  {
    const Signals signals;
    explore::Explorer explorer(program, options.arguments, processors());
    LiveArea live(screen);
    std::uint64_t runs = 0;
    result.found = explorer.search(result.search, [&](const explore::Run&) {
      if (++runs % 200 == 0) live.show(fmt::format("  {} schedules\n", runs));
      signals.check();
      return true;
    });
    live.clear();
    if (result.found.failed()) {
      explore::Lines lines(program);
      result.story = explore::tell(explorer.program(), lines);
      result.output = report::clean(explorer.program().output());
      if (report::is_finding(result)) {
        result.id = explore::ScheduleStore(kit.root())
                        .keep({result.program, result.arguments, result.search,
                               result.found.choices, result.story.kind},
                              program);
      }
    }
  }
  options.files.write(result);
  if (!to_stdout) {
    print(STDOUT_FILENO,
          report::render(result, screen.colour, screen.columns) + last_line(result.id));
  }
  if (!result.found.failed()) return full_marks;
  if (report::is_finding(result)) return points_lost;
  throw GraderError(result.story.headline);
}

}  // namespace cli
