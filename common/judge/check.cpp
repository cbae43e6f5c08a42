#include "common/judge/check.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <set>
#include <stdexcept>

#include "common/explore/turns.h"
#include "common/judge/broken_program.h"
#include "common/judge/demangle.h"
#include "common/judge/sandbox.h"
#include "common/judge/sanitizers.h"
#include "common/judge/schedules.h"
#include "common/judge/session.h"

namespace judge {

namespace {

/// A check, as GoogleTest knows it.
class CheckAsTest final : public testing::Test {
 public:
  explicit CheckAsTest(Check* check) : check_(check) {}

 private:
  void TestBody() override {
    const std::optional<CheckResult> result = check_->run();
    if (!result) GTEST_SKIP();
    if (result->status == "passed") return;
    std::string text = (result->finding ? *result->finding + ": " : "") + result->message;
    for (const Place& place : result->where) {
      text += "\n  " + place.file + ":" + std::to_string(place.line) + "  " + place.text;
    }
    GTEST_FAIL() << text;
  }

  std::unique_ptr<Check> check_;
};

/// What a check needs cannot be had on this machine: that is nobody's fault, and costs no point.
class NotPossibleHere : public std::runtime_error {
 public:
  /// @param lack  what is missing, after a colon.
  explicit NotPossibleHere(const std::string& lack)
      : std::runtime_error("This cannot be checked here: " + lack +
                           ". `ipclab doctor` shows what can be done.") {}
};

/// Leaves a check.
struct CheckEnded {
  CheckResult result;
};

using MakeCheck = std::function<Check*(const CheckInfo&)>;

struct Registry {
  std::vector<CheckInfo> infos;
  std::set<std::string> explored;  // ids
  std::vector<MakeCheck> makers;   // in the same order
};

Registry& registry() {
  static Registry registry;
  return registry;
}

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::behaviour:
      return "behaviour";
    case Kind::faults:
      return "faults";
    case Kind::synchronisation:
      return "synchronisation";
    case Kind::hygiene:
      return "hygiene";
    case Kind::mechanism:
      return "mechanism";
  }
  return "";
}

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

std::string calls_of(std::uint32_t families) {
  std::string text;
  const auto add = [&](std::uint32_t family, const char* name) {
    if ((families & family) != 0) text += (text.empty() ? "" : " or ") + std::string(name);
  };
  add(subject::call_read, "read(2)");
  add(subject::call_write, "write(2)");
  add(subject::call_open, "open(2)");
  add(subject::call_pipe, "pipe(2)");
  add(subject::call_fork, "fork(2)");
  add(subject::call_wait, "waitpid(2)");
  add(subject::call_poll, "poll(2)");
  add(subject::call_map, "shm_open(3), ftruncate(2) and mmap(2)");
  add(subject::call_queue, "mq_send(3) or mq_receive(3)");
  add(subject::call_semaphore, "sem_wait(3)");
  add(subject::call_connect, "socket(2), bind(2), listen(2) and connect(2)");
  add(subject::call_accept, "accept(2)");
  add(subject::call_queue_open, "mq_open(3)");
  add(subject::call_lock_init, "pthread_mutex_init(3), pthread_cond_init(3) and sem_init(3)");
  return text;
}

// "the 3rd write(2) failed with EINTR", for the rules that were met.
std::string faults_in_words(const std::vector<subject::FaultRule>& rules, const RoleResult& role) {
  std::string text;
  for (std::size_t i = 0; i < rules.size() && i < role.met.size(); ++i) {
    if (role.met[i] == 0) continue;
    const subject::FaultRule& rule = rules[i];
    if (!text.empty()) text += ", and ";
    const std::string which =
        rule.count > 1
            ? (rule.first > 1 ? "each call from number " + std::to_string(rule.first) + " on of "
                              : "each ")
            : "call number " + std::to_string(rule.first) + " of ";
    text += which + calls_of(rule.calls);
    text += rule.error != 0 ? " failed with " + std::string(::strerrorname_np(rule.error))
                            : " took at most " + std::to_string(rule.most) + " bytes";
  }
  return text;
}

std::string signal_in_words(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

// What a program does to itself.
bool is_crash(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
         signal == SIGABRT;
}

}  // namespace

Check::Check(const CheckInfo& info) : random(Session::current->seed, info.id), info_(info) {}

bool register_check(const char* suite, const char* name, const char* file, int line, part part,
                    Kind kind, points points, const char* title, const MakeCheck& make) {
  const CheckInfo info{std::string(suite) + "." + name, title, std::string(1, part.letter),
                       name_of(kind), points.count};
  registry().infos.push_back(info);
  registry().makers.push_back(make);
  if (std::string_view(file).ends_with("schedule_checks.cpp")) registry().explored.insert(info.id);
  testing::RegisterTest(suite, name, nullptr, nullptr, file, line,
                        [info, make]() -> testing::Test* { return new CheckAsTest(make(info)); });
  return true;
}

bool explores(const CheckInfo& info) { return registry().explored.contains(info.id); }

const std::vector<CheckInfo>& all_checks() { return registry().infos; }

void run_all_checks() {
  const Registry& all = registry();
  for (std::size_t i = 0; i < all.infos.size(); ++i) {
    const std::unique_ptr<Check> check(all.makers[i](all.infos[i]));
    check->run();
  }
}

std::string Check::scratch(Build build) {
  stop_at_image_problems(build);
  return Session::current->subject(build).scratch();
}

std::string Check::queue_name() { return subject::queue_prefix(scratch()) + random.word(6); }

void Check::fail(Finding finding, const std::string& message, std::string_view section,
                 std::vector<Place> where) {
  CheckResult result;
  result.info = info_;
  result.status = finding == Finding::not_started ? "not-started" : "failed";
  result.finding = to_string(finding);
  result.message = message;
  if (!section.empty()) result.message += "\nRead: \"" + std::string(section) + "\" in the handout";
  result.where = std::move(where);
  // What has not run cannot run again.
  if (finding != Finding::compile_error && finding != Finding::not_started) {
    result.replay = "ipclab grade " + Session::current->lab.name + " --check '^" + info_.id +
                    "$' --seed " + std::to_string(Session::current->seed);
  }
  throw CheckEnded{std::move(result)};
}

void Check::expect_work(const std::string& what_is_wrong) {
  if (what_is_wrong.empty()) return;
  fail(
      Finding::wrong_result,
      "Nothing was found that should not be there; but neither was the work done whose traces this "
      "check looks for. " +
          what_is_wrong,
      "");
}

void Check::not_possible_here(const std::string& what) {
  if (best_isolation(Session::current->kit) == Isolation::bubblewrap) {
    fail(Finding::wrong_result, "The submission says that there is no " + what + " here. There is.",
         "");
  }
  throw NotPossibleHere("the sandbox has no " + what);
}

FarHost& Check::far_host() {
  stop_at_image_problems(Build::plain);
  try {
    FarHost& far = Session::current->subject(Build::plain, Network::two_hosts).far_host();
    far.come_back();
    return far;
  } catch (const NoTwoHosts& lack) {
    throw NotPossibleHere(std::string("it takes a second host, and ") + lack.what());
  }
}

RunResult Check::explore(Scenario scenario) {
  Session& session = *Session::current;
  stop_at_image_problems(scenario.build);
  stop_at_what_the_machine_lacks();
  std::vector<std::vector<subject::FaultRule>> faults;
  for (const Cast& cast : scenario.roles) faults.push_back(cast.faults);
  Scenario copy;  // what is needed of it afterwards: the run takes the descriptors
  copy.section = scenario.section;
  copy.situation = scenario.situation;
  copy.throwing = scenario.throwing;
  copy.killing = scenario.killing;
  copy.build = scenario.build;
  scenario.budget.cpu_ms = std::min(scenario.budget.cpu_ms, left_.cpu_ms);
  // Between hosts the kernel's own timers are waited for, and those count in seconds.
  constexpr std::chrono::milliseconds longest_between_hosts{8000};
  const bool between_hosts = scenario.network == Network::two_hosts;
  std::chrono::milliseconds& left = between_hosts ? left_between_hosts_ : left_.sleep;
  scenario.budget.sleep = between_hosts ? std::min(left, longest_between_hosts) : left;
  RunResult run;
  try {
    Subject& subject = session.subject(scenario.build, scenario.network);
    run = subject.run(std::move(scenario));
  } catch (const NotThere& e) {
    fail(
        Finding::wrong_result,
        std::string("The check looked for what the submission was to put there: ") + e.what() + ".",
        copy.section);
  }
  // A check may need hundreds of runs: only what is too much for one of them is counted.
  constexpr std::uint64_t ordinary_cpu_ms = 300;
  if (run.used.cpu_ms > ordinary_cpu_ms) left_.cpu_ms -= std::min(left_.cpu_ms, run.used.cpu_ms);
  left -= std::min(left, run.used.sleep);
  for (std::size_t i = 0; i < run.roles.size(); ++i) {
    run.roles[i].faults = faults_in_words(faults[i], run.roles[i]);
  }
  stop_at_what_no_check_tolerates(run, copy);
  return run;
}

void Check::explore(const Schedules& schedules, const std::function<Scenario()>& scenario,
                    const std::function<std::string(const RunResult&)>& wrong) {
  Scenario once = scenario();
  const std::string section = once.section;
  // By itself it shows what has not been written yet, what crashes, and what is wrong in any order;
  // here nobody but the sending role knows what is sent.
  std::optional<CheckEnded> alone;
  try {
    const std::string text = wrong(explore(std::move(once)));
    if (!text.empty()) fail(Finding::wrong_result, text, section);
  } catch (CheckEnded& ended) {
    const auto& finding = ended.result.finding;
    if (finding != to_string(Finding::deadlock) && finding != to_string(Finding::wrong_result)) {
      throw;
    }
    alone = std::move(ended);
  }
  // The engine tells the same, if it finds it, and how it came to that.
  Session& session = *Session::current;
  stop_at_image_problems(Build::interleaved);
  const Explored explored =
      explore_schedules({session.kit, session.image(Build::interleaved), session.sources,
                         session.lab.name + " " + info_.id, scratch(), session.seed},
                        schedules, scenario(), wrong);
  if (explored.finding) fail(*explored.finding, explored.message, section, explored.where);
  if (alone) throw std::move(*alone);
}

void Check::break_program(const std::string& program, const std::vector<std::string>& names,
                          const std::string& file, std::string_view section) {
  const Session& session = *Session::current;
  const auto text = session.sources.find(file);
  if (text == session.sources.end()) {
    fail(Finding::not_started, "There is no file " + file + " in the submission.", section,
         {{file, 0, "the schedule"}});
  }
  std::vector<interleave::Turn> turns;
  try {
    turns = explore::turns_from(text->second, names);
  } catch (const explore::BadTurns& bad) {
    fail(Finding::wrong_result, file + " cannot be read: " + bad.what() + ".", section,
         {{file, bad.line, ""}});
  }
  if (turns.empty())
    fail(Finding::not_started, "There is no turn in " + file + " yet.", section,
         {{file, 1, "the schedule"}});
  const Performed performed =
      perform_broken_program(session.kit, session.lab.name, program, names, turns);
  const std::string again =
      performed.id.empty() ? "" : "\n`make replay ID=" + performed.id + "` shows it again.";
  if (!performed.went_wrong) {
    fail(Finding::wrong_result,
         "`" + program + "` did what it should, in spite of your schedule:\n\n" + performed.table +
             again,
         section);
  }
  shown_ = performed.what + "\n\n" + performed.table + again;
}

void Check::stop_at_image_problems(Build build) {
  const Image& image = Session::current->image(build);
  if (image.library) return;
  fail(Finding::compile_error, "The submission cannot be linked:\n" + image.link_error, "",
       image.errors);
}

void Check::stop_at_what_the_machine_lacks() {
  Session& session = *Session::current;
  const auto& needs = session.lab.needs;
  if (std::find(needs.begin(), needs.end(), "message-queues") == needs.end()) return;
  const int error = session.subject(Build::plain).message_queue_error();
  if (error == 0) return;
  throw NotPossibleHere(
      error == ENODEV ? "/dev/mqueue is not mounted, and without it message queues that are "
                        "left could not be found"
                      : "the machine gives no message queue, mq_open(3) says: " +
                            std::string(::strerror(error)) + " (" + ::strerrorname_np(error) + ")");
}

void Check::stop_at_what_no_check_tolerates(const RunResult& run, const Scenario& scenario) {
  Session& session = *Session::current;
  const Image& image = session.image(scenario.build);
  for (const RoleResult& role : run.roles) {
    if (role.broken) {
      fail(Finding::compile_error, "The submission cannot be loaded: " + role.what, "");
    }
    if (role.how == "not-started") {
      // A file of ours stands in for what the submission lacks; the student's is called "./x.cpp".
      std::string file = role.detail.substr(0, role.detail.rfind(':'));
      const int line = std::atoi(role.detail.substr(role.detail.rfind(':') + 1).c_str());
      if (file.starts_with("./")) {
        fail(Finding::not_started, "`" + role.what + "` has not been written yet.", "",
             {{file.substr(2), line, role.what}});
      }
      file = file.substr(file.rfind('/') + 1);
      if (const auto missing = image.missing.find(file); missing != image.missing.end()) {
        std::vector<Place> where;
        for (const Place& place : image.errors) {
          if (place.file == file || !image.missing.contains(place.file)) where.push_back(place);
        }
        // The same words for all checks that need this file: the report says them once.
        fail(Finding::compile_error,
             file + " " + missing->second + ", so that what it should define could not be tried.",
             "", where);
      }
      fail(Finding::not_started,
           "No file of the submission defines `" + role.what +
               "`. It belongs "
               "into " +
               file + ".",
           "");
    }
    if (auto found = sanitizer_finding(role.output, session.symbolizer(scenario.build))) {
      fail(Finding::undefined_behaviour, found->message, "", found->where);
    }
  }
  const auto after_faults = [&](const RoleResult& role) {
    return role.faults.empty() ? "" : "When " + role.faults + ": ";
  };
  for (const RoleResult& role : run.roles) {
    const bool killed_by_check =
        scenario.killing && WIFSIGNALED(role.status) && WTERMSIG(role.status) == SIGKILL;
    if (!role.how.empty() || killed_by_check) continue;
    if (WIFEXITED(role.status) && WEXITSTATUS(role.status) == 127 &&
        role.output.find("symbol lookup error") != std::string::npos) {
      const std::size_t at = role.output.find("undefined symbol: ");
      std::string symbol = at == std::string::npos ? "" : role.output.substr(at + 18);
      symbol = symbol.substr(0, symbol.find_first_of(" \n"));
      fail(Finding::compile_error,
           "`" + demangled(symbol.c_str()) +
               "` is called, and no file of the submission defines it.",
           "");
    }
    // Who crashes may leave others waiting; who was ended because nobody could go on has not
    // crashed.
    const bool crashed = WIFSIGNALED(role.status) && is_crash(WTERMSIG(role.status));
    if (WIFSIGNALED(role.status) && (crashed || !run.deadlock) && !run.livelock && !run.too_long &&
        !run.too_much_memory) {
      const int signal = WTERMSIG(role.status);
      std::string why;
      if (signal == SIGABRT)
        why = " An exception that nobody catches, a failed assertion and abort(3) end like this.";
      if (signal == SIGSEGV) why = " It used an address that is not mapped.";
      if (signal == SIGPIPE)
        why = " It wrote to a pipe, or to a socket, that nobody reads any more.";
      if (signal == SIGXCPU || signal == SIGKILL)
        why = " It used more than it may: CPU time, or memory.";
      fail(signal == SIGXCPU ? Finding::livelock : Finding::crash,
           after_faults(role) + "The process was ended by " + signal_in_words(signal) + "." + why,
           "", role.crash);
    }
    if (WIFEXITED(role.status) && !run.deadlock && !run.livelock && !run.too_long &&
        !run.too_much_memory) {
      fail(Finding::crash,
           after_faults(role) + "The process ended in the middle of the work, with exit status " +
               std::to_string(WEXITSTATUS(role.status)) + ". Something called exit(3) or _exit(2).",
           "");
    }
  }
  const RoleResult& first = run.roles.front();
  std::string before = after_faults(first);
  if (!scenario.situation.empty()) before += scenario.situation + " ";
  if (!scenario.throwing) before += who_threw(run);
  if (run.too_much_memory) {
    fail(Finding::crash,
         after_faults(first) + "The processes used more than 1 GiB of memory and were stopped.",
         "");
  }
  if (run.deadlock) {
    fail(Finding::deadlock, before + "Nobody can go on:" + joined_lines(run.autopsy.sentences),
         scenario.section.empty() ? "Which end closes where" : scenario.section, run.autopsy.where);
  }
  if (run.livelock) {
    fail(Finding::livelock,
         after_faults(first) +
             "It goes on and on without an end: more than 2 seconds of CPU time in a run, or 5 in "
             "all runs of a check, where a few milliseconds are enough. Look for a loop that does "
             "not notice that nothing more will happen.",
         "", run.autopsy.where);
  }
  if (run.too_long) {
    fail(Finding::livelock,
         before + "It waits for time to pass, and does not come to an end:" +
             joined_lines(run.autopsy.sentences),
         scenario.section, run.autopsy.where);
  }
  if (scenario.throwing) return;
  for (const RoleResult& role : run.roles) {
    if (role.how == "returned" || role.how.empty()) continue;
    const std::string what =
        role.how == "system-error"
            ? "ipc::SystemError (" + role.what + ")"
            : "an exception (" + demangled(role.detail.c_str()) + ": " + role.what + ")";
    if (!role.faults.empty()) {
      fail(Finding::unhandled_fault, "When " + role.faults + ", it gave up: it threw " + what + ".",
           role.error() == EINTR ? "Interrupted calls" : "Short counts");
    }
    fail(Finding::wrong_result, "It threw " + what + ", and there was no reason to.",
         scenario.section);
  }
}

std::optional<CheckResult> Check::run() {
  Session& session = *Session::current;
  if (!session.claim(info_.id)) return std::nullopt;
  session.tell(event::started(info_.id));
  CheckResult result;
  result.info = info_;
  try {
    check();
    result.status = "passed";
    result.score = info_.max_score;
    result.message = shown_;
  } catch (CheckEnded& ended) {
    result = std::move(ended.result);
  } catch (const NotPossibleHere& e) {
    result.status = "error";
    result.message = e.what();
  } catch (const std::exception& e) {
    result.status = "error";
    result.message = std::string("The grader itself failed: ") + e.what();
    session.drop_subjects();
  }
  session.tell(event::check(result));
  return result;
}

}  // namespace judge
