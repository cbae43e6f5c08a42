#pragma once

/// The vocabulary of checks. One source file holds checks and their roles side by side, and is
/// compiled twice. For the judge a role is a template that nobody instantiates, so that the judge
/// needs none of the functions that students write. For the subject (IPCLAB_SUBJECT) a check is
/// such a template, so that the subject holds no expectation that could be read.
///
///     ROLE(writer) { lab::write_all(me.fd("out"), me.payload()); }
///
///     CHECK(WriteAll, DeliversEveryByte, part('A'), behaviour, points(3),
///           "every byte arrives, in order") {
///       Sink sink;
///       const Bytes sent = random.bytes(100'000);
///       explore(Scenario().with(Cast(writer).payload(sent).give("out", sink.write_end()))
///                         .with(sink));
///       if (sink.bytes() != sent) fail(Finding::wrong_result, "...", "Short counts");
///     }
///
/// Where schedules are explored, exec(3) starts no program of the machine. PROGRAM(cat) { ... } is
/// what `cat` is there: its main, with the parameters argc and argv.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/judge/bytes.h"
#include "common/judge/finding.h"
#include "common/judge/peer.h"
#include "common/judge/random.h"
#include "common/judge/scenario.h"
#include "common/judge/subject.h"
#include "common/judge/verdict.h"

namespace judge {

/// A check's part: part('A').
struct part {
  explicit constexpr part(char letter_) : letter(letter_) {}
  char letter;
};
/// A check's points.
struct points {
  explicit constexpr points(int count_) : count(count_) {}
  int count;
};
enum class Kind { behaviour, faults, synchronisation, hygiene, mechanism };
using enum Kind;

/// Base class of every check. GoogleTest runs it as a test of its own; its headers, which take the
/// compiler longer than a check does, are needed by check.cpp alone.
class Check {
 public:
  explicit Check(const CheckInfo& info);
  Check(const Check&) = delete;
  virtual ~Check() = default;

  /// Runs the check, unless another worker does, and tells the session what came of it.
  /// @returns nothing if another worker does.
  std::optional<CheckResult> run();

 protected:
  /// Numbers of this check alone, from the seed.
  Random random;

  /// Runs a scenario and returns what it was. What no check tolerates ends the check with a
  /// finding: a crash, a hang, undefined behaviour, an exception that nobody expected, code not
  /// written yet.
  RunResult explore(Scenario scenario);

  /// Runs the scenario once as explore(Scenario) does, and then in one schedule after the other.
  /// Ends the check with the first that fails, and tells it step by step.
  ///
  /// The roles must have nobody but each other to talk to: pipes between them, and what they make
  /// themselves. They stand in schedule_checks.cpp.
  /// @param scenario  called for each kind of run.
  /// @param wrong     what is wrong with a run that has come to its end, in a sentence; "" for
  ///                  nothing.
  void explore(const Schedules& schedules, const std::function<Scenario()>& scenario,
               const std::function<std::string(const RunResult&)>& wrong);

  /// Runs one of the lab's broken programs in the schedule that stands in a file of the submission
  /// (@see explore::turns_from). Ends the check with a finding if the program survives that; if it
  /// does not, shows what it did.
  /// @param names  of the program's processes, in the order in which they are made.
  void break_program(const std::string& program, const std::vector<std::string>& names,
                     const std::string& file, std::string_view section);

  /// Runs `scenario(n)` for n = 1, 2, 3, ... until the n-th rule is met no more: `n` is the number
  /// of the call that is to fail. Ends the check if that takes no end.
  /// @returns how many of the runs met their fault.
  template <class MakeScenario, class Judge>
  int for_every_call(MakeScenario scenario, Judge judge_run);

  /// Ends the check with a finding.
  /// @param message  for a person: what was expected, what happened, what to look at.
  /// @param section  of the lab's handout; "" for none.
  [[noreturn]] void fail(Finding finding, const std::string& message, std::string_view section,
                         std::vector<Place> where = {});

  /// For a check that looks for what must not be there, such as a leak: who has done no work has
  /// not done it cleanly either. Ends the check if the work was not done.
  /// @param what_is_wrong  with what came of it, in a sentence; "" for nothing.
  void expect_work(const std::string& what_is_wrong);

  /// Ends the check because the sandbox denies what it needs, and a role has told so: that costs
  /// nobody a point. But a role's word is a claim: where there are namespaces, nothing is denied
  /// that a check needs, and then the check fails.
  /// @param what  could not be had: "TCP".
  [[noreturn]] void not_possible_here(const std::string& what);

  /// Where roles may put files; empty before each run.
  /// @param build  on which the scenario is to run.
  std::string scratch(Build build = Build::plain);

  /// The other host, for a scenario `between_hosts`; it is there, whatever became of it before.
  /// Ends the check where the machine does not grant one: that costs nobody a point, and no
  /// submission can bring it about.
  FarHost& far_host();

  /// A name for a message queue, a slash and some letters, that no other sandbox has. Names that
  /// begin with it belong to the run as well: what is left of them is litter, and removed.
  std::string queue_name();

 private:
  virtual void check() = 0;
  void stop_at_image_problems(Build build);
  void stop_at_what_the_machine_lacks();
  void stop_at_what_no_check_tolerates(const RunResult& run, const Scenario& scenario);

  CheckInfo info_;
  std::string shown_;  // to who looks at this check although it has passed
  Budget left_{.cpu_ms = 5000, .sleep = Budget{}.sleep};  // for all of its runs together
  std::chrono::milliseconds left_between_hosts_{16'000};
};

/// Makes a check a test of GoogleTest; called by CHECK.
bool register_check(const char* suite, const char* name, const char* file, int line, part part,
                    Kind kind, points points, const char* title,
                    const std::function<Check*(const CheckInfo&)>& make);

/// Whether a check explores schedules: then it needs that build of the submission.
bool explores(const CheckInfo& info);

/// Every check of this judge, in the order of registration.
const std::vector<CheckInfo>& all_checks();

/// Runs every check that no other worker runs, in the order of registration: those that wait for a
/// second build stand last. GoogleTest has an order of its own, suite by suite.
void run_all_checks();

template <class MakeScenario, class Judge>
int Check::for_every_call(MakeScenario scenario, Judge judge_run) {
  constexpr std::uint32_t most = 400;
  for (std::uint32_t n = 1; n <= most; ++n) {
    const RunResult run = explore(scenario(n));
    judge_run(run, n);
    bool met = false;
    for (const RoleResult& role : run.roles) met = met || role.met[0] > 0;
    if (!met) return static_cast<int>(n) - 1;
  }
  fail(Finding::livelock,
       "After " + std::to_string(most) + " runs there is still a call left to fail.", "");
}

}  // namespace judge

#ifdef IPCLAB_SUBJECT

#include "common/judge/role_body.h"

#define ROLE(name)                                                      \
  [[maybe_unused]] static constexpr ::judge::Role name{#name};          \
  static void ipclab_body_##name(::subject::Me& me);                    \
  extern "C" ::subject::Outcome ipclab_role_##name(::subject::Me& me) { \
    return ::judge::outcome_of([&me] { ipclab_body_##name(me); });      \
  }                                                                     \
  static void ipclab_body_##name([[maybe_unused]] ::subject::Me& me)

#define PROGRAM(name) \
  extern "C" int interleave_program_##name([[maybe_unused]] int argc, [[maybe_unused]] char** argv)

#define CHECK(suite, name, ...)                  \
  template <class Never>                         \
  struct suite##_##name final : ::judge::Check { \
    void check();                                \
  };                                             \
  template <class Never>                         \
  void suite##_##name<Never>::check()

#else

#define ROLE(name)                                             \
  [[maybe_unused]] static constexpr ::judge::Role name{#name}; \
  template <class Me>                                          \
  [[maybe_unused]] void ipclab_body_##name([[maybe_unused]] Me& me)

#define PROGRAM(name)                                                   \
  template <class>                                                      \
  [[maybe_unused]] int ipclab_program_##name([[maybe_unused]] int argc, \
                                             [[maybe_unused]] char** argv)

#define CHECK(suite, name, ...)                                                                    \
  class suite##_##name final : public ::judge::Check {                                             \
    using Check::Check;                                                                            \
    void check() override;                                                                         \
    static const bool registered;                                                                  \
  };                                                                                               \
  const bool suite##_##name::registered = ::judge::register_check(                                 \
      #suite, #name, __FILE__, __LINE__, __VA_ARGS__,                                              \
      [](const ::judge::CheckInfo& info) -> ::judge::Check* { return new suite##_##name(info); }); \
  void suite##_##name::check()

#endif
