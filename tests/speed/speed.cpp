/// How long it takes from saving a file to reading the verdict, beside what the compiler alone
/// takes:
///
///     speed [--pairs N]         prints Markdown; docs/speed.md holds what it printed and why
///
/// Both are measured in turn, again and again (compiler, grader, compiler, grader, ...), so that a
/// machine that changes its mind changes it for both. What is reported are medians, and the median
/// of the ratios of neighbours. Run it on a machine that does nothing else.

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/proof/program.h"
#include "tests/proof/scratch.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using proof::Command;
using proof::Ended;
using proof::run;
using proof::Scratch;

const fs::path project = IPCLAB_SOURCE_DIR;
const fs::path kit = IPCLAB_KIT_DIR;
constexpr const char* lab = "01-pipe";
const std::vector<std::string> files{"stream.cpp", "frames.cpp", "pipeline.cpp", "journal.cpp",
                                     "exchange.cpp"};

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// --- The compiler alone
// ---------------------------------------------------------------------------

/// Compiles `names` of `submission` one after the other, as a student's Makefile would.
double compile(const fs::path& submission, const std::vector<std::string>& names) {
  const auto begin = Clock::now();
  for (const std::string& name : names) {
    const Ended ended =
        run({.words = {"g++", "-std=c++20", "-O0", "-g", "-I",
                       (project / "tests" / lab / "given").string(), "-I", project.string(), "-c",
                       (submission / name).string(), "-o", "/dev/null"}});
    if (ended.exit_status != 0) throw std::runtime_error("g++: " + ended.printed);
  }
  return ms_since(begin);
}

// --- The grader
// -----------------------------------------------------------------------------------

/// What happened when, in milliseconds from the start of the judge.
struct Timeline {
  double compiled = 0;                   ///< the plain build is there
  double first = 0;                      ///< the first result
  double verdict = 0;                    ///< the last result of a check of the plain build
  double explored = 0;                   ///< the last result of a check that explores schedules
  double report = 0;                     ///< the judge has ended
  std::map<std::string, double> checks;  ///< from a check's start to its result
};

// The checks of memory_checks.cpp, which run in the sanitized build.
bool is_sanitized(const std::string& id) {
  static const std::set<std::string> ids{"Stream.TouchesOnlyItsMemory",
                                         "Frames.TouchOnlyTheirMemory", "Pipeline.LeavesNoZombie"};
  return ids.contains(id);
}

// Those of schedule_checks.cpp, which run on the engine.
bool explores(const std::string& id) { return id.ends_with("InEverySchedule"); }

// As many checks at once as `ipclab grade` runs.
int usual_jobs() { return 2 * static_cast<int>(std::thread::hardware_concurrency()); }

Timeline grade(const fs::path& submission, bool cache, int jobs = usual_jobs()) {
  Timeline timeline;
  std::map<std::string, double> started;
  const auto begin = Clock::now();
  Command command;
  command.words = {(kit / lab / "judge").string(),
                   "--submission",
                   submission.string(),
                   "--jobs",
                   std::to_string(jobs),
                   "--events-fd",
                   "3"};
  if (!cache) command.environment = {{"IPCLAB_NO_CACHE", "1"}};
  command.hear = [&](const std::string& line) {
    const double now = ms_since(begin);
    const auto event = nlohmann::json::parse(line);
    const auto kind = event.at("event").get<std::string>();
    if (kind == "compiler" && timeline.compiled == 0) timeline.compiled = now;
    if (kind == "error") throw std::runtime_error(line);
    if (kind != "started" && kind != "check") return;
    const auto id = event.at("id").get<std::string>();
    if (kind == "started") {
      // A worker takes its first check before there is anything to run.
      started[id] = timeline.compiled == 0 ? -1 : now;
      return;
    }
    if (event.at("status") != "passed") throw std::runtime_error(line);
    if (timeline.first == 0) timeline.first = now;
    if (explores(id)) timeline.explored = now;
    if (!is_sanitized(id) && !explores(id)) timeline.verdict = now;
    timeline.checks[id] = now - (started[id] < 0 ? timeline.compiled : started[id]);
  };
  const Ended ended = run(command);
  timeline.report = ms_since(begin);
  if (ended.exit_status != 0) throw std::runtime_error("the judge failed: " + ended.printed);
  return timeline;
}

// --- Pairs
// ----------------------------------------------------------------------------------------

struct Pairs {
  std::vector<double> compiler, compiled, first, verdict, explored, report;
  std::vector<double> verdict_ratio, explored_ratio, report_ratio;
  std::map<std::string, std::vector<double>> checks;

  void add(double alone, const Timeline& timeline) {
    compiler.push_back(alone);
    compiled.push_back(timeline.compiled);
    first.push_back(timeline.first);
    verdict.push_back(timeline.verdict);
    explored.push_back(timeline.explored);
    report.push_back(timeline.report);
    verdict_ratio.push_back(timeline.verdict / alone);
    explored_ratio.push_back(timeline.explored / alone);
    report_ratio.push_back(timeline.report / alone);
    for (const auto& [id, time] : timeline.checks) checks[id].push_back(time);
  }
};

void print(const char* title, const Pairs& pairs) {
  std::printf("| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f | **%.2f** | **%.2f** | **%.2f** |\n",
              title, median(pairs.compiler), median(pairs.compiled), median(pairs.first),
              median(pairs.verdict), median(pairs.explored), median(pairs.report),
              median(pairs.verdict_ratio), median(pairs.explored_ratio),
              median(pairs.report_ratio));
}

// Nothing is known of any file.
Pairs measure_cold(int count, const fs::path& submission) {
  Pairs pairs;
  for (int i = 0; i < count; ++i) {
    const double alone = compile(submission, files);
    pairs.add(alone, grade(submission, false));
  }
  return pairs;
}

// One file has been saved; each in turn, with a content that was never there before.
Pairs measure_saved(int count, const Scratch& submission) {
  Pairs pairs;
  (void)grade(submission.path(), true);
  for (int i = 0; i < count; ++i) {
    const std::string& name = files[static_cast<std::size_t>(i) % files.size()];
    std::ofstream(submission.path() / name, std::ios::app)
        << "// " << Clock::now().time_since_epoch().count() << '\n';
    const double alone = compile(submission.path(), {name});
    pairs.add(alone, grade(submission.path(), true));
  }
  return pairs;
}

// --- Memory
// ---------------------------------------------------------------------------------------

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Adds up what the processes below this one hold, by the names of their programs.
std::map<std::string, double> resident_mb() {
  std::map<int, int> parents;
  std::map<int, std::pair<std::string, double>> known;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc", gone)) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    const std::string stat = slurp(entry.path() / "stat");
    const std::size_t close = stat.rfind(')');
    if (close == std::string::npos) continue;
    std::istringstream rest(stat.substr(close + 2));
    std::string state;
    rest >> state >> parents[pid];
    // Shared pages count once, divided among those who share them: a fork is not a copy.
    const std::string rollup = slurp(entry.path() / "smaps_rollup");
    const std::size_t at = rollup.find("\nPss:");
    const double mb = at == std::string::npos ? 0 : std::atof(rollup.c_str() + at + 5) / 1024;
    known[pid] = {fs::read_symlink(entry.path() / "exe", gone).filename().string(), mb};
  }
  std::map<std::string, double> sums;
  for (const auto& [pid, process] : known) {
    int ancestor = pid;
    while (ancestor > 1 && ancestor != ::getpid()) ancestor = parents[ancestor];
    if (ancestor == ::getpid() && pid != ::getpid()) sums[process.first] += process.second;
  }
  return sums;
}

/// The largest sums that were seen while one worker graded everything.
std::map<std::string, double> peaks_mb(const fs::path& submission) {
  std::map<std::string, double> peaks;
  std::atomic<bool> over{false};
  std::thread watch([&] {
    while (!over) {
      const auto now = resident_mb();
      double judge_and_subject = 0;
      for (const auto& [name, mb] : now) {
        peaks[name] = std::max(peaks[name], mb);
        if (name == "judge" || name == "subject") judge_and_subject += mb;
      }
      peaks["judge and subject"] = std::max(peaks["judge and subject"], judge_and_subject);
    }
  });
  try {
    (void)grade(submission, true, 1);
  } catch (...) {
    over = true;
    watch.join();
    throw;
  }
  over = true;
  watch.join();
  return peaks;
}

// --- The report
// -----------------------------------------------------------------------------------

std::string first_line(const std::vector<std::string>& words) {
  const std::string text = run({.words = words}).printed;
  return text.substr(0, text.find('\n'));
}

void print_machine() {
  utsname system{};
  ::uname(&system);
  std::string model = "unknown";
  std::istringstream lines(slurp("/proc/cpuinfo"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) model = line.substr(line.find(':') + 2);
  }
  const std::string os = slurp("/etc/os-release");
  const std::size_t name = os.find("PRETTY_NAME=\"") + 13;
  std::printf("- processor: %s, %u cores\n", model.c_str(), std::thread::hardware_concurrency());
  std::printf("- memory: %.0f GB\n", static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                                         static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e9);
  std::printf("- system: %s, Linux %s\n", os.substr(name, os.find('"', name) - name).c_str(),
              system.release);
  std::printf("- compiler: %s\n", first_line({"g++", "--version"}).c_str());
  const std::string load = slurp("/proc/loadavg");
  std::printf("- load before the first measurement: %s\n\n",
              load.substr(0, load.find(' ')).c_str());
}

void print_checks(const Pairs& pairs) {
  std::vector<std::pair<double, std::string>> slowest;
  double sum = 0;
  for (const auto& [id, times] : pairs.checks) {
    slowest.emplace_back(median(times), id);
    sum += median(times);
  }
  std::sort(slowest.rbegin(), slowest.rend());
  std::printf("| check | ms |\n| --- | ---: |\n");
  for (std::size_t i = 0; i < std::min<std::size_t>(10, slowest.size()); ++i) {
    std::printf("| %s | %.0f |\n", slowest[i].second.c_str(), slowest[i].first);
    sum -= slowest[i].first;
  }
  std::printf("| the other %zu together | %.0f |\n\n", slowest.size() - 10, sum);
}

void measure(int count) {
  const Scratch submission;
  submission.copy_files_of(project / "solutions" / lab);
  print_machine();

  const Pairs cold = measure_cold(count, submission.path());
  const Pairs saved = measure_saved(count, submission);
  std::printf("Milliseconds, medians of %d pairs:\n\n", count);
  std::printf(
      "| | `g++ -c` alone | plain build | first result | verdict | explored | whole report |"
      " verdict / g++ | explored / g++ | report / g++ |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  print("all five files, no cache", cold);
  print("one file saved", saved);
  std::printf(
      "\nFrom the start of a check to its result, while several workers run side by side:\n\n");
  print_checks(saved);

  std::printf("The largest sums of memory in a run with one worker (proportional set size):\n\n");
  std::printf("| program | MB |\n| --- | ---: |\n");
  for (const auto& [name, mb] : peaks_mb(submission.path())) {
    if (mb >= 1) std::printf("| %s | %.0f |\n", name.c_str(), mb);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int count = 15;
  if (argc == 3 && std::string(argv[1]) == "--pairs") count = std::atoi(argv[2]);
  if (argc == 2 || count < 1) {
    std::fputs("usage: speed [--pairs N]\n", stderr);
    return 2;
  }
  try {
    measure(count);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "speed: %s\n", error.what());
    return 3;
  }
}
