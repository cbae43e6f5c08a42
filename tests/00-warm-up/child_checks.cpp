#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "child.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"

using namespace judge;

/// Part A: run_child.

namespace {

// "exited with 3", as a role tells it.
[[maybe_unused]] std::string in_words(const lab::ExitStatus& status) {
  const bool exited = status.how == lab::ExitStatus::How::exited;
  return (exited ? "exited with " : "ended by signal ") + std::to_string(status.number);
}

std::string exited_with(int status) { return "exited with " + std::to_string(status); }
std::string ended_by(int signal) { return "ended by signal " + std::to_string(signal); }

}  // namespace

// What children return, and how they end ----------------------------------------------------------

ROLE(parent_of_returning) {
  const auto value = static_cast<int>(me.number("value"));
  me.report("status", in_words(lab::run_child([value] { return value; })));
}

CHECK(RunChild, TellsTheExitStatus, part('A'), behaviour, points(6),
      "what the child returns is its exit status") {
  std::vector<int> values{0, 1, 255};
  for (int i = 0; i < 4; ++i) values.push_back(static_cast<int>(random.between(2, 254)));
  values.push_back(256 + static_cast<int>(random.between(1, 200)));
  for (const int value : values) {
    const RunResult run =
        explore(Scenario()
                    .with(Cast(parent_of_returning).give("value", std::int64_t{value}))
                    .about("How a child ended"));
    const std::string got = run.only().last("status");
    if (got == exited_with(value & 255)) continue;
    fail(Finding::wrong_result,
         "The body returned " + std::to_string(value) + ", and run_child says: " + got +
             ". Expected: " + exited_with(value & 255) + "." +
             (value > 255 ? " The kernel keeps the lowest 8 bits of an exit status." : ""),
         "How a child ended");
  }
}

ROLE(parent_of_killed) {
  const auto signal = static_cast<int>(me.number("signal"));
  me.report("status", in_words(lab::run_child([signal] {
              std::signal(signal, SIG_DFL);
              ::raise(signal);
              return 0;
            })));
}

CHECK(RunChild, TellsASignalFromAnExit, part('A'), behaviour, points(6),
      "a child that a signal ends has not exited") {
  // SIGHUP is 1 and SIGKILL 9: numbers that exit statuses have, too.
  std::vector<int> signals{SIGKILL, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGPIPE};
  random.shuffle(signals);
  for (const int signal : signals) {
    const RunResult run =
        explore(Scenario()
                    .with(Cast(parent_of_killed).give("signal", std::int64_t{signal}))
                    .about("How a child ended"));
    const std::string got = run.only().last("status");
    if (got == ended_by(signal)) continue;
    fail(Finding::wrong_result,
         "The child was ended by SIG" + std::string(::sigabbrev_np(signal)) + ", which is signal " +
             std::to_string(signal) + ", and run_child says: " + got +
             ". Expected: " + ended_by(signal) + ".",
         "How a child ended");
  }
}

ROLE(parent_of_throwing) {
  const pid_t self = ::getpid();
  std::string got;
  try {
    got = in_words(lab::run_child([]() -> int { throw std::string("out of the body"); }));
  } catch (const std::string&) {
    got = "the exception";
  }
  if (::getpid() != self) {
    // A copy of this role that should not be: told by how it ends.
    me.report("escaped", got);
    ::_exit(0);
  }
  me.report("status", got);
}

CHECK(RunChild, LetsNothingOutOfTheChild, part('A'), behaviour, points(5),
      "the child never goes on with what the caller does next") {
  const RunResult run = explore(Scenario().with(Cast(parent_of_throwing)).about("Two returns"));
  if (run.only().reported("escaped") != nullptr) {
    fail(Finding::wrong_result,
         "The body threw an exception, and in the child run_child came to an end by it: " +
             run.only().last("escaped") +
             " went on up the stack. But the child has a copy of that stack, so that now two "
             "processes go on with what the caller does next. The child has to end, whatever the "
             "body does.",
         "Two returns");
  }
  const std::string got = run.only().last("status");
  if (got != ended_by(SIGABRT)) {
    fail(Finding::wrong_result,
         "An exception left the body, and run_child says: " + got +
             ". A program whose main throws is ended by SIGABRT (std::terminate), and so is this "
             "child. Expected: " +
             ended_by(SIGABRT) + ".",
         "Two returns");
  }
}

ROLE(two_copies) {
  const auto in_child = me.number("in child");
  std::int64_t variable = me.number("before");
  const pid_t self = ::getpid();
  const lab::ExitStatus status = lab::run_child([&] {
    if (::getpid() == self) me.report("same", "");
    if (::getppid() != self) me.report("other parent", "");
    variable = in_child;
    return variable == in_child ? 7 : 8;
  });
  me.report("variable", variable);
  me.report("status", in_words(status));
}

CHECK(RunChild, IsAProcessOfItsOwn, part('A'), mechanism, points(4),
      "the body runs in a process, with memory of its own") {
  const auto before = static_cast<std::int64_t>(random.between(1, 1'000'000));
  const auto in_child = before + static_cast<std::int64_t>(random.between(1, 1'000'000));
  const RunResult run =
      explore(Scenario()
                  .with(Cast(two_copies).give("before", before).give("in child", in_child))
                  .about("A process is an address space"));
  const RoleResult& role = run.only();
  if (role.reported("same") != nullptr) {
    fail(Finding::wrong_mechanism,
         "The body runs in the process of the caller: getpid(2) says the same in both. A child "
         "process comes from fork(2).",
         "A process is an address space");
  }
  if (role.reported("other parent") != nullptr) {
    fail(Finding::wrong_mechanism,
         "The body does not run in a child of the caller: getppid(2) says another process.",
         "A process is an address space");
  }
  if (role.last("variable") != std::to_string(before) || role.last("status") != exited_with(7)) {
    fail(Finding::wrong_mechanism,
         "The caller's variable was " + std::to_string(before) + ", the child set its copy to " +
             std::to_string(in_child) + ", and afterwards the caller sees " +
             role.last("variable") + "; the child " + role.last("status") +
             " (expected: 7). What a child writes, its parent does not see.",
         "A process is an address space");
  }
}

// What is printed --------------------------------------------------------------------------------

ROLE(printing) {
  std::printf("%s", me.text("first").c_str());
  std::atexit([] { std::fputs("[atexit]", stdout); });
  lab::run_child([&me] {
    std::printf("%s", me.text("second").c_str());
    return 0;
  });
  std::printf("%s", me.text("third").c_str());
  std::fflush(stdout);
}

CHECK(RunChild, PrintsEverythingOnce, part('A'), behaviour, points(4),
      "what lies in the buffers of stdio is printed once") {
  const std::string first = random.word(9), second = random.word(9), third = random.word(9);
  const RunResult run = explore(
      Scenario()
          .with(Cast(printing).give("first", first).give("second", second).give("third", third))
          .about("Buffers are memory"));
  const std::string& output = run.only().output;
  if (output == first + second + third) return;
  const auto times = [&](const std::string& word) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = output.find(word, at)) != std::string::npos; ++at) ++count;
    return count;
  };
  std::string why = "The order is another one.";
  if (times(first) > 1) {
    why =
        "The first word was printed twice: it lay in the caller's buffer when fork(2) copied "
        "that, and both copies were written.";
  } else if (times(second) == 0) {
    why =
        "The child's word is missing: it lay in the child's buffer, which _exit(2) does not "
        "write.";
  } else if (output.find("[atexit]") != std::string::npos) {
    why =
        "The child ran a handler that the caller had registered by atexit(3): exit(3) does "
        "that, _exit(2) does not.";
  }
  fail(Finding::wrong_result,
       "The caller printed \"" + first + "\" before run_child, the child \"" + second +
           "\", and the caller \"" + third + "\" afterwards, all without a newline. Out came: \"" +
           output.substr(0, 200) + "\". " + why,
       "Buffers are memory");
}

// Other children, signals, errors ----------------------------------------------------------------

ROLE(with_another_child) {
  const auto value = static_cast<int>(me.number("value"));
  const pid_t other = ::fork();
  if (other == 0) ::_exit(static_cast<int>(me.number("of other")));
  // It has ended, and is still there to be waited for.
  siginfo_t information{};
  ::waitid(P_PID, static_cast<id_t>(other), &information, WEXITED | WNOWAIT);
  me.report("status", in_words(lab::run_child([value] { return value; })));
  int status = 0;
  const pid_t found = ::waitpid(other, &status, 0);
  me.report("other", found == other ? exited_with(WEXITSTATUS(status)) : std::string("gone"));
}

CHECK(RunChild, LeavesOtherChildrenAlone, part('A'), behaviour, points(3),
      "another child of the caller stays for the caller to wait for") {
  const auto value = static_cast<std::int64_t>(random.between(1, 100));
  const auto of_other = static_cast<std::int64_t>(random.between(101, 200));
  const RunResult run =
      explore(Scenario()
                  .with(Cast(with_another_child).give("value", value).give("of other", of_other))
                  .about("How a child ended"));
  const std::string status = run.only().last("status"), other = run.only().last("other");
  if (status == exited_with(static_cast<int>(value)) &&
      other == exited_with(static_cast<int>(of_other))) {
    return;
  }
  fail(Finding::wrong_result,
       "The caller had another child, which had ended already with " + std::to_string(of_other) +
           ". run_child's own returned " + std::to_string(value) + ", and run_child says: " +
           status + ". The other one, when the caller waited for it afterwards: " + other +
           ". wait(2) takes whichever child comes first; waitpid(2) can be told which one.",
       "How a child ended");
}

CHECK(RunChild, SurvivesSignalsWhileItWaits, part('A'), faults, points(4),
      "a signal handler that runs while run_child waits changes nothing") {
  const auto value = static_cast<std::int64_t>(random.between(1, 200));
  for (const std::uint32_t count : {1U, 3U}) {
    const RunResult run = explore(Scenario()
                                      .with(Cast(parent_of_returning)
                                                .give("value", value)
                                                .fault({subject::call_wait, 1, count, EINTR, 0}))
                                      .about("Interrupted calls"));
    const std::string got = run.only().last("status");
    if (got != exited_with(static_cast<int>(value))) {
      fail(Finding::unhandled_fault,
           "When " + run.only().faults + ": the child's body returned " + std::to_string(value) +
               ", and run_child says: " + got +
               ". After EINTR the call has done nothing, and has to be made again.",
           "Interrupted calls");
    }
    if (!run.only().children.empty()) {
      fail(Finding::unhandled_fault,
           "When " + run.only().faults +
               ": the child is left behind: " + joined(run.only().children) + ".",
           "Interrupted calls");
    }
  }
}

ROLE(parent_of_none) {
  const pid_t self = ::getpid();
  const lab::ExitStatus status = lab::run_child([] { return 0; });
  me.report("came", ::getpid() == self ? in_words(status) : "a copy of the caller");
}

CHECK(RunChild, ThrowsIfThereCanBeNoChild, part('A'), faults, points(4),
      "run_child throws if fork fails") {
  const int error = random.between(0, 1) == 0 ? EAGAIN : ENOMEM;
  const RunResult run =
      explore(Scenario()
                  .with(Cast(parent_of_none).fault({subject::call_fork, 1, 1, error, 0}))
                  .may_throw());
  const RoleResult& role = run.only();
  if (role.how == "system-error" && role.error() == error) return;
  fail(Finding::unhandled_fault,
       "fork(2) failed with " + std::string(::strerrorname_np(error)) + ", and run_child " +
           (role.how == "returned" ? "returned: " + role.last("came") : "threw: " + role.what) +
           ". It has to throw ipc::SystemError(\"fork\"), which takes the errno along.",
       "When there is no child");
}

// What is left behind ----------------------------------------------------------------------------

ROLE(parent_of_many) {
  for (int i = 0; i < 5; ++i) {
    const auto how = lab::run_child([i] {
      if (i % 2 == 1) ::raise(SIGKILL);
      return i;
    });
    me.report("status", in_words(how));
  }
}

CHECK(RunChild, LeavesNothingBehind, part('A'), hygiene, points(4),
      "no zombie and no descriptor is left behind") {
  const RunResult run = explore(Scenario().with(Cast(parent_of_many)).about("How a child ended"));
  const RoleResult& role = run.only();
  if (!role.children.empty()) {
    fail(Finding::leak,
         "After 5 children the caller still has: " + joined(role.children) +
             ". A child that has ended stays a zombie until its parent has waited for it.",
         "How a child ended");
  }
  if (!role.leaks.empty()) {
    fail(Finding::leak, "run_child leaves a descriptor open: " + role.leaks.front().object + ".",
         "How a child ended");
  }
  if (!role.mappings.empty()) {
    fail(Finding::leak, "run_child leaves memory mapped: " + role.mappings.front() + ".",
         "How a child ended");
  }
  if (!run.strays.empty() || !run.litter.empty()) {
    fail(Finding::leak,
         "When the caller has ended, there is still " +
             joined(run.strays.empty() ? run.litter : run.strays) + ".",
         "How a child ended");
  }
  const std::vector<std::string> expected{exited_with(0), ended_by(SIGKILL), exited_with(2),
                                          ended_by(SIGKILL), exited_with(4)};
  if (role.all("status") != expected) {
    expect_work("Of 5 children, run_child says: " + joined(role.all("status")) +
                ". Expected: " + joined(expected) + ".");
  }
}
