#include "common/judge/schedules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "common/explore/explorer.h"
#include "common/explore/kept_schedule.h"
#include "common/explore/story.h"
#include "common/judge/aside.h"
#include "common/judge/memory_file.h"
#include "common/judge/processes.h"
#include "common/judge/sandbox.h"
#include "common/subject/playbill.h"

namespace judge {

namespace {

using subject::FromRole;
using subject::Playbill;

/// Of all runs together. An ordinary one takes a millisecond.
constexpr std::uint64_t most_cpu_ms = 60'000;
/// So many runs lie between two looks at the processor time.
constexpr std::uint64_t between_looks = 64;

/// The pipes of a scenario, by their inodes: the judge's descriptors are just another name for
/// them.
class Pipes {
 public:
  explicit Pipes(Playbill& bill) : bill_(bill) {}

  Playbill::End end(const ipc::UniqueFd& fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISFIFO(status.st_mode)) {
      throw std::logic_error("a role of an explored scenario is given something else than a pipe");
    }
    const auto [at, is_new] = numbers_.emplace(status.st_ino, bill_.capacities.size());
    if (is_new) {
      const int capacity = ::fcntl(fd.get(), F_GETPIPE_SZ);
      constexpr int usual = 65'536;
      bill_.capacities.push_back(capacity == usual ? 0 : capacity);
    }
    const bool writes = (::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_WRONLY;
    return {static_cast<std::uint32_t>(at->second), writes};
  }

 private:
  Playbill& bill_;
  std::map<ino_t, std::size_t> numbers_;
};

Playbill playbill_of(const Scenario& scenario) {
  if (!scenario.peers.empty() || scenario.quiet) {
    throw std::logic_error("an explored scenario has roles only: nobody plays a part outside");
  }
  Playbill bill;
  Pipes pipes(bill);
  for (const Cast& cast : scenario.roles) {
    if (!cast.faults.empty()) throw std::logic_error("an explored scenario has no fault rules");
    Playbill::Part part;
    part.role = cast.role;
    part.arguments = cast.arguments;
    for (const auto& [name, fd] : cast.descriptors) part.ends[name] = pipes.end(fd);
    part.payload = to_text(cast.payload_bytes);
    bill.parts.push_back(std::move(part));
  }
  return bill;
}

/// The stage, in a sandbox.
class Sandboxed final : public explore::Server {
 public:
  Sandboxed(Process process, std::string scratch)
      : process_(std::move(process)), scratch_(std::move(scratch)) {}
  int wait() override { return process_.wait(); }
  [[nodiscard]] pid_t pid() const override { return process_.first(); }
  /// Processor time of the runs so far.
  [[nodiscard]] std::uint64_t cpu_ms() const { return cpu_ms_of_reaped(process_.first()); }
  /// Its directory for temporary files, which can be another one each time.
  [[nodiscard]] const std::string& scratch() const { return scratch_; }

 private:
  Process process_;
  std::string scratch_;
};

// @param scratch  of another sandbox: what the arguments of roles speak of.
std::unique_ptr<Sandboxed> start_stage(const Kit& kit, const Image& image, Playbill bill,
                                       const std::string& scratch, const explore::Links& links) {
  Sandbox sandbox(kit);
  const std::string program =
      sandbox.add_file("stage", "program", content_of(image.library.get()), true);
  bill.scratch = sandbox.scratch_directories();
  bill.move(scratch, sandbox.scratch());
  const std::string text = encode(bill);
  const std::string file = sandbox.add_file("stage", "playbill", as_bytes(text));
  sandbox.set_variable(explore::links_variable);
  Limits limits;
  limits.cpu_seconds = most_cpu_ms / 1000;
  limits.fixed_addresses = true;
  const ipc::UniqueFd null = high(ipc::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  const std::string temporary = sandbox.scratch();
  return std::make_unique<Sandboxed>(sandbox.start({program, file}, temporary, limits,
                                                   {{null.get(), 0},
                                                    {links.printed, 1},
                                                    {links.printed, 2},
                                                    {links.segment, explore::segment_fd},
                                                    {links.orders, explore::orders_fd},
                                                    {links.reports, explore::reports_fd}}),
                                     temporary);
}

// What the roles have said in a run: a claim, as everything that comes out of the sandbox.
RunResult result_of(const Playbill& bill, const explore::Run& claims) {
  RunResult run;
  for (std::size_t i = 0; i < bill.parts.size(); ++i) {
    run.roles.emplace_back();
    run.roles.back().role = bill.parts[i].role;
    // Process 0 is the stage itself.
    if (i + 1 < claims.statuses.size()) run.roles.back().status = claims.statuses[i + 1];
  }
  run.used.sleep = std::chrono::milliseconds(claims.slept / 1'000'000);
  std::string_view reports = claims.reports;
  subject::Frame frame{};
  while (reports.size() >= sizeof frame) {
    std::memcpy(&frame, reports.data(), sizeof frame);
    reports.remove_prefix(sizeof frame);
    if (frame.size > reports.size()) break;
    const std::string_view body = reports.substr(0, frame.size);
    reports.remove_prefix(frame.size);
    const std::size_t role = frame.kind >> 16;
    if (role >= run.roles.size()) continue;
    RoleResult& result = run.roles[role];
    const auto kind = static_cast<FromRole>(frame.kind & 0xffff);
    if (kind == FromRole::report) {
      const std::size_t end = body.find('\0');
      if (end == std::string_view::npos) continue;
      result.reports.push_back({std::string(body.substr(0, end)), to_bytes(body.substr(end + 1))});
    } else if (kind == FromRole::finished && result.how.empty()) {
      std::vector<std::string> words = strings_in(body);
      words.resize(3);
      result.how = words[0];
      result.what = words[1];
      result.detail = words[2];
    }
  }
  return run;
}

std::string ending_in_words(int status) {
  if (WIFEXITED(status)) return "ended, with status " + std::to_string(WEXITSTATUS(status)) + ",";
  const char* name = ::sigabbrev_np(WTERMSIG(status));
  return "was ended by SIG" + std::string(name != nullptr ? name : "?");
}

// A role that did not come to the end of its body in the way it should, in a sentence; else "".
std::string wrong_ending(const RunResult& run, const Scenario& scenario, const Victims& killed) {
  for (const RoleResult& role : run.roles) {
    if (role.how == "returned") continue;
    if (role.how.empty()) {
      if (killed.include(role.role)) continue;
      return "`" + role.role + "` " + ending_in_words(role.status) + " before its work was done.";
    }
    if (!scenario.throwing) return "`" + role.role + "` threw: " + role.what + ".";
  }
  return "";
}

Finding finding_of(const std::string& kind) {
  for (const Finding finding : {Finding::data_race, Finding::deadlock, Finding::livelock,
                                Finding::crash, Finding::leak, Finding::wrong_mechanism}) {
    if (kind == to_string(finding)) return finding;
  }
  return Finding::wrong_result;
}

std::vector<Place> places_of(const std::vector<explore::Line>& stack) {
  std::vector<Place> places;
  for (const explore::Line& line : stack) places.push_back({line.file, line.number, line.function});
  return places;
}

// What the check itself has to say of a deadlock.
std::string about_deadlock(const explore::Story& story, const Schedules& schedules) {
  if (story.waiting.empty() || !schedules.about_deadlock) return "";
  std::vector<Waiter> waiters;
  for (const explore::Waiting& waiting : story.waiting) {
    waiters.push_back({waiting.who, waiting.what, places_of(waiting.where), waiting.holder,
                       places_of(waiting.held_from)});
  }
  return schedules.about_deadlock(waiters);
}

std::string message_of(const explore::Story& story, const explore::Found& found,
                       const Schedules& schedules, std::uint32_t steps) {
  std::string text = found.wrong.empty() ? story.headline : found.wrong;
  if (found.outcome == interleave::Outcome::full) {
    return "It goes on and on: a run was stopped after " + std::to_string(steps) +
           " steps, where a few dozen are enough.";
  }
  if (found.outcome == interleave::Outcome::spoiled) {
    return "It writes over memory that it has never asked for: there the grader keeps what it "
           "needs "
           "to explore schedules. Look for an address that is computed, or a length that is wrong.";
  }
  if (story.kind == "error") return text;
  for (const std::string& detail : story.details) text += "\n" + detail;
  const std::string more = about_deadlock(story, schedules);
  if (!more.empty()) {
    text += "\n" + more;
  } else if (!story.advice.empty()) {
    text += "\n" + story.advice;
  }
  text += "\nIt happens when the processes run in this order (schedule " +
          std::to_string(found.schedules) + " of those that were tried):\n\n";
  return text + explore::table_of(story);
}

std::vector<Place> places_of(const explore::Story& story) {
  std::vector<Place> places;
  const auto add = [&](const explore::Line& line) {
    if (line.number == 0) return;
    Place place{line.file, line.number, line.function};
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  };
  for (const auto& stack : story.stacks) {
    if (!stack.empty()) add(stack.front());
  }
  for (const explore::Row& row : story.rows) {
    if (row.decisive) add(row.line);
  }
  return places;
}

// A program that the engine cannot follow may be right; one that goes on for thousands of steps
// where a few do, or writes where nothing is its own, is not.
bool is_its_fault(interleave::Outcome outcome) {
  return outcome == interleave::Outcome::full || outcome == interleave::Outcome::spoiled;
}

std::string encode_told(const explore::Story& story, const explore::Found& found,
                        const Schedules& schedules, std::uint32_t steps) {
  subject::playbill::Writer out;
  out.put(story.kind);
  out.put(message_of(story, found, schedules, steps));
  const std::vector<Place> places = places_of(story);
  out.put(places.size());
  for (const Place& place : places) {
    out.put(place.file);
    out.put(static_cast<std::size_t>(place.line));
    out.put(place.text);
  }
  return out.bytes();
}

// Keeps the schedule with all that is needed to run it again, where there is no sandbox.
std::string keep(const Explorable& what, Playbill bill, explore::KeptSchedule schedule) {
  bill.scratch = {explore::scratch_placeholder};
  bill.move(what.scratch, explore::scratch_placeholder);
  schedule.program = what.name;
  schedule.playbill = encode(bill);
  return explore::ScheduleStore(what.kit.root())
      .keep(schedule, "/proc/self/fd/" + std::to_string(what.image.library.get()));
}

std::uint64_t count_of(const Schedules& schedules) {
  const char* wish = std::getenv("IPCLAB_SCHEDULES");
  return wish != nullptr ? std::strtoull(wish, nullptr, 10) : schedules.count;
}

}  // namespace

Explored explore_schedules(const Explorable& what, const Schedules& schedules, Scenario scenario,
                           const std::function<std::string(const RunResult&)>& wrong) {
  const Playbill bill = playbill_of(scenario);
  Sandboxed* stage = nullptr;
  explore::Explorer explorer(
      "the stage",
      [&](const explore::Links& links) {
        auto started = start_stage(what.kit, what.image, bill, what.scratch, links);
        stage = started.get();
        return started;
      },
      1);
  explorer.judge_by([&](const explore::Run& run) {
    const RunResult result = result_of(bill, run);
    const std::string ending = wrong_ending(result, scenario, schedules.killed);
    return ending.empty() ? wrong(result) : ending;
  });
  explore::Search search;
  search.schedules = count_of(schedules);
  search.preemptions = schedules.preemptions;
  if (schedules.preemptions == 0) search.way = explore::Way::systematic;
  search.seed = what.seed;
  std::vector<std::string> names{"the check"};
  for (std::size_t i = 0; i < bill.parts.size(); ++i) {
    const auto& role = bill.parts[i].role;
    const auto same = std::count_if(bill.parts.begin(), bill.parts.end(),
                                    [&](const Playbill::Part& part) { return part.role == role; });
    names.push_back(role + (same > 1 ? " " + std::to_string(i + 1) : ""));
    if (schedules.killed.include(role)) search.kill.push_back(static_cast<std::uint32_t>(i + 1));
  }
  bool too_much = false;
  std::uint64_t runs = 0;
  RunResult last;
  const explore::Found found = explorer.search(search, [&](const explore::Run& run) {
    if (run.outcome == interleave::Outcome::deadlock) last = result_of(bill, run);
    too_much = ++runs % between_looks == 0 && stage->cpu_ms() > most_cpu_ms;
    return !too_much;
  });
  Explored explored;
  explored.schedules = found.schedules;
  if (too_much) {
    explored.finding = Finding::livelock;
    explored.message = "Its runs take more than " + std::to_string(most_cpu_ms / 1000) +
                       " seconds of processor time, where a second is enough.";
    return explored;
  }
  if (!found.failed()) return explored;
  const std::string thrown = scenario.throwing ? "" : who_threw(last);
  // The program is the submission's work, and so are its debugging information and its names.
  const std::string told = aside([&] {
    explore::Lines lines(
        "/proc/self/fd/" + std::to_string(what.image.library.get()),
        [by_name = explore::sources_by_name(what.sources)](
            const std::string& name) -> std::optional<std::string> {
          // Of a directory of ours may be a file of the same name.
          if (name.rfind('/') != name.find('/') && name.find("/submission/") == std::string::npos) {
            return std::nullopt;
          }
          return by_name(name);
        });
    explore::Story story = explore::tell(explorer.program(), lines, names);
    story.shorten(stage->scratch());
    return encode_told(story, found, schedules, explorer.program().control().steps);
  });
  if (told.empty()) {
    explored.finding = Finding::wrong_result;
    explored.message =
        "It goes wrong in a schedule that cannot be told: the debugging information "
        "of the submission cannot be read.";
    return explored;
  }
  subject::playbill::Reader in(told);
  const std::string kind = in.text();
  explored.message = in.text();
  if (kind == "error" && !is_its_fault(found.outcome)) {
    throw std::runtime_error(explored.message);
  }
  explored.finding = found.wrong.empty() ? finding_of(kind) : Finding::wrong_result;
  if (explored.finding == Finding::deadlock) explored.message = thrown + explored.message;
  if (found.outcome == interleave::Outcome::full) explored.finding = Finding::livelock;
  if (found.outcome == interleave::Outcome::spoiled) {
    explored.finding = Finding::undefined_behaviour;
  }
  const std::string id =
      keep(what, bill, {"", {}, search, found.choices, kind, "", names, what.sources, found.wrong});
  if (!id.empty()) {
    explored.message += "\n`make replay ID=" + id + "` (or `ipclab replay " + id +
                        "`) shows every step of it, and can start a debugger at one.";
  }
  for (std::size_t n = in.number(); n > 0; --n) {
    Place place;
    place.file = in.text();
    place.line = static_cast<int>(in.number());
    place.text = in.text();
    explored.where.push_back(std::move(place));
  }
  return explored;
}

}  // namespace judge
