#pragma once

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "pipelines.h"

/// A process that calls run_pipeline, from both sides: what roles do, and what a check gives them
/// and hears of them.
namespace pipelines {

// For roles; templates, so that the judge, which has no run_pipeline, does not ask for one.
// --------

/// If children are left, the judge is to see what becomes of them, and not what they happen to do
/// right now: it lets us go when nobody can go on any more. (By a system call of our own, because
/// waitid(2) may be a call that is made to fail.)
template <class Me>
void settle(Me& me) {
  siginfo_t info{};
  if (::syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, nullptr) != 0) return;
  me.report("has children", "");
  me.wait_for_judge();
}

/// Runs a pipeline. A child that comes back from run_pipeline is told of, and goes no further.
template <class Me>
std::vector<int> run(Me& me, const Pipeline& stages) {
  const pid_t caller = ::getpid();
  try {
    std::vector<int> statuses = lab::run_pipeline(stages);
    if (::getpid() == caller) return statuses;
  } catch (...) {
    if (::getpid() == caller) {
      settle(me);
      throw;
    }
  }
  me.report("child", in_bash(stages));
  ::_exit(99);
}

/// Runs the pipelines that the role was given one after the other, and reports their statuses.
template <class Me>
void run_all(Me& me) {
  for (const Pipeline& stages : decode(me.text("pipelines"))) {
    me.report("statuses", to_text(run(me, stages)));
  }
}

// For checks. -------------------------------------------------------------------------------------

/// What the program says that is called in place of a shell.
inline constexpr const char* shell_called = "ipclab: no shell here";

inline judge::Cast calling(judge::Role role, const std::vector<Pipeline>& all) {
  return judge::Cast(role).give("pipelines", encode(all));
}

/// For Scenario::when_quiet: lets `role` go if it waits because it has children.
inline bool let_role_settle(judge::Observer& observer, judge::Role role) {
  if (observer.finished(role)) return false;
  if (observer.so_far(role).reported("has children") == nullptr) return false;
  observer.let_go(role);
  return true;
}

/// The same for the role `pipeline`, which most checks have.
inline bool let_settle(judge::Observer& observer) {
  return let_role_settle(observer, judge::Role{"pipeline"});
}

/// The statuses that came back from the pipeline with this number, from 0.
inline std::vector<int> returned(const judge::RoleResult& role, std::size_t number) {
  const auto all = role.all("statuses");
  return number < all.size() ? to_statuses(all[number]) : std::vector<int>{};
}

/// Said of what went wrong, if a shell was to do it.
inline std::string about_shell(const judge::RoleResult& role) {
  const bool called = role.shell_calls > 0 || role.output.find(shell_called) != std::string::npos;
  return called ? " A shell was called, and there is none here: start the programs themselves."
                : "";
}

/// What the caller has open that it did not have before: "descriptors 3 and 4"; "" if nothing.
inline std::string leaked(const judge::RoleResult& role) {
  std::vector<std::string> numbers;
  for (const judge::Leak& leak : role.leaks) numbers.push_back(std::to_string(leak.fd));
  if (numbers.empty()) return {};
  return (numbers.size() == 1 ? "descriptor " : "descriptors ") + judge::joined(numbers);
}

}  // namespace pipelines
