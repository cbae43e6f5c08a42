#include <fmt/format.h>
#include <linux/futex.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "common/cli/commands.h"
#include "common/cli/exit_status.h"
#include "common/cli/output.h"
#include "common/cli/screen.h"
#include "common/cli/temporary_directory.h"
#include "common/explore/kept_schedule.h"
#include "common/report/exploration.h"
#include "common/report/text.h"
#include "common/subject/playbill.h"

namespace cli {

namespace {

/// A schedule of a lab's check is that of a stage with its playbill, which has to know where its
/// temporary files may be.
std::vector<std::string> arguments_of(const explore::KeptSchedule& kept,
                                      const std::filesystem::path& directory) {
  if (kept.playbill.empty()) return kept.arguments;
  const std::string scratch = (directory / "scratch").string();
  std::filesystem::create_directory(scratch);
  subject::Playbill bill = subject::decode(kept.playbill);
  bill.scratch = {scratch};
  bill.move(explore::scratch_placeholder, scratch);
  const std::filesystem::path file = directory / "playbill";
  std::ofstream(file, std::ios::binary) << subject::encode(bill);
  return {file.string()};
}

/// The lines of a program as they are on the disk, or those that were kept with its schedule.
explore::Lines lines_of(const explore::KeptSchedule& kept, const std::filesystem::path& program) {
  if (kept.sources.empty()) return explore::Lines(program);
  return explore::Lines(program, explore::sources_by_name(kept.sources));
}

/// Where a debugger is to look.
struct Spot {
  std::string actor;
  std::uint32_t step = 1;
};

Spot spot_from(const std::string& word) {
  Spot spot;
  const auto at = word.rfind('@');
  spot.actor = word.substr(0, at);
  const char* end = word.data() + word.size();
  if (at != std::string::npos) {
    const auto [rest, error] = std::from_chars(word.data() + at + 1, end, spot.step);
    if (error == std::errc{} && rest == end && !spot.actor.empty()) return spot;
  }
  throw UsageError(
      fmt::format("--gdb takes a column of the table and a step, such as child@12, and not '{}'",
                  report::clean(word, report::Lines::join)));
}

bool is_traced(std::uint32_t pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return line.find_first_of("123456789") != std::string::npos;
  }
  return true;  // It has gone.
}

/// Waits until the program stands at the spot, and has gdb look at it. The run goes on when gdb
/// lets it.
void debug(interleave::Control& control) {
  const timespec patience{0, 100'000'000};
  while (control.paused.load() == 0 && control.ended.load() == 0) {
    ::syscall(SYS_futex, &control.paused, FUTEX_WAIT, 0, &patience, nullptr, 0);
  }
  const std::uint32_t pid = control.paused.load();
  if (pid == 0) return;
  const std::string number = std::to_string(pid);
  const char* words[] = {"gdb", "-q", "-p", number.c_str(), "-ex", "backtrace", nullptr};
  pid_t gdb = -1;
  const int error =
      ::posix_spawnp(&gdb, "gdb", nullptr, nullptr, const_cast<char**>(words), environ);
  if (error == 0) {
    // As soon as gdb holds it, it may go on: when gdb says so.
    while (!is_traced(pid) && ::waitpid(gdb, nullptr, WNOHANG) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  control.paused.store(0);
  ::syscall(SYS_futex, &control.paused, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  if (error != 0) {
    control.ended.store(1);
    throw GraderError("gdb cannot be started: " + std::generic_category().message(error) +
                      ". Is it installed?");
  }
  while (::waitpid(gdb, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

int replay(const judge::Kit& kit, const ReplayOptions& options) {
  const explore::ScheduleStore store(kit.root());
  if (options.id.empty()) {
    throw UsageError("say which schedule: the last line of a finding names it");
  }
  options.files.try_out();
  const explore::KeptSchedule kept = [&] {
    try {
      return store.find(options.id);
    } catch (const explore::NoSchedule& error) {
      throw UsageError(report::clean(error.what(), report::Lines::join));
    }
  }();
  const TemporaryDirectory directory;
  report::Exploration result;
  result.program = kept.program;
  result.arguments = kept.arguments;
  result.search = kept.search;
  const std::filesystem::path program = store.program(options.id);
  explore::Explorer explorer(program, arguments_of(kept, directory.path()), 1);
  explore::Lines lines = lines_of(kept, program);
  explorer.replay(kept.search, kept.choices);
  result.story = explore::tell(explorer.program(), lines, kept.names);
  result.story.shorten((directory.path() / "scratch").string());
  result.found.outcome = explorer.program().control().verdict.outcome;
  result.found.choices = kept.choices;
  result.found.cost = explorer.program().control().cost;
  result.id = options.id;
  result.replayed = true;
  result.output = report::clean(explorer.program().output());
  result.found.wrong = kept.wrong;
  if (!kept.wrong.empty() && result.story.kind == kept.kind) {
    result.story.kind = "wrong-result";
    result.story.headline = kept.wrong;
  } else if (result.story.kind != kept.kind) {
    throw GraderError(fmt::format(
        "this time it ended in another way ({} and not {}): what it does depends on more than its "
        "schedule, such as a clock, a random number or a file",
        result.found.failed() ? result.story.kind : "well", kept.kind));
  }
  const Screen screen = Screen::of(STDOUT_FILENO, options.colour);
  options.files.write(result);  // A page can be unfolded by its reader.
  result.story.unfold();
  print(STDOUT_FILENO, report::render(result, screen.colour, screen.columns));
  if (!options.debug) return full_marks;

  const Spot spot = spot_from(*options.debug);
  const auto& actors = result.story.actors;
  const auto actor = std::find(actors.begin(), actors.end(), spot.actor);
  if (actor == actors.end()) {
    throw UsageError(fmt::format("no column of the table is called '{}'",
                                 report::clean(spot.actor, report::Lines::join)));
  }
  explorer.program().plan().pause_thread = static_cast<std::uint32_t>(actor - actors.begin());
  explorer.program().plan().pause_step = spot.step;
  // That the run before has ended says nothing of this one: who is to be debugged would wait for
  // ever if the debugger's thread began early enough to see it.
  interleave::Control& control = explorer.program().control();
  control.ended.store(0);
  std::exception_ptr problem;
  std::thread debugger([&] {
    try {
      debug(control);
    } catch (...) {
      problem = std::current_exception();
    }
  });
  explorer.replay(kept.search, kept.choices);
  debugger.join();
  if (problem) std::rethrow_exception(problem);
  return full_marks;
}

}  // namespace cli
