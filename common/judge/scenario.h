#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/ipc/unique_fd.h"
#include "common/judge/bytes.h"
#include "common/judge/kit.h"
#include "common/judge/peer.h"
#include "common/judge/verdict.h"
#include "common/subject/protocol.h"

namespace judge {

/// A role, as a check names it. ROLE(name) makes one.
struct Role {
  const char* name;
};

/// One process of a scenario: a role and what it is given.
class Cast {
 public:
  explicit Cast(Role as) : role(as.name) {}

  Cast& give(std::string key, std::string text) & {
    return arguments[std::move(key)] = std::move(text), *this;
  }
  Cast&& give(std::string key, std::string text) && {
    return std::move(give(std::move(key), std::move(text)));
  }
  Cast&& give(std::string key, std::int64_t number) && {
    return std::move(*this).give(std::move(key), std::to_string(number));
  }
  /// A descriptor under a name; "stdin", "stdout" and "stderr" become 0, 1 and 2.
  Cast&& give(std::string key, ipc::UniqueFd fd) && {
    return descriptors[std::move(key)] = std::move(fd), std::move(*this);
  }
  /// What it is to send.
  Cast&& payload(Bytes bytes) && { return payload_bytes = std::move(bytes), std::move(*this); }
  /// Calls of this process fail as the rule says.
  Cast&& fault(subject::FaultRule rule) && { return faults.push_back(rule), std::move(*this); }

  std::string role;
  std::map<std::string, std::string> arguments;
  std::map<std::string, ipc::UniqueFd> descriptors;
  Bytes payload_bytes;
  std::vector<subject::FaultRule> faults;
};

/// One of those who wait for ever in a deadlock.
struct Waiter {
  std::string who;               ///< the role
  std::string what;              ///< what it waits for, as its own line calls that
  std::vector<Place> where;      ///< innermost first
  std::string holder;            ///< the role that has it; "" if nobody has
  std::vector<Place> held_from;  ///< where that took it
};

/// Roles that may be ended by SIGKILL, each of them before each of its steps in turn. With two of
/// them, the second may die while it clears up what the first has left, wherever that died. The
/// death of one alone counts as a preemption; those of two do not, so that without preemptions
/// nothing but deaths is tried.
struct Victims {
  Victims() = default;
  Victims(Role role) : roles{role} {}  // NOLINT(google-explicit-constructor): one alone is usual
  Victims(std::initializer_list<Role> all) : roles(all) {}

  [[nodiscard]] bool include(const std::string& role) const {
    return std::any_of(roles.begin(), roles.end(), [&](Role one) { return role == one.name; });
  }

  std::vector<Role> roles;
};

/// How a scenario's schedules are explored.
struct Schedules {
  std::uint64_t count = 100;  ///< at most; `ipclab grade --schedules` says otherwise
  /// At most in one schedule, where they are tried one by one. 0: and none at random either.
  int preemptions = 2;
  Victims killed = {};
  /// What else there is to say of a deadlock that was found; "" for nothing.
  std::function<std::string(const std::vector<Waiter>&)> about_deadlock = {};
};

/// What a run may use. Processor time is counted and not the clock, so that a busy machine changes
/// nothing; and of the clock only what everybody has slept.
struct Budget {
  std::uint64_t cpu_ms = 2000;
  std::chrono::milliseconds sleep{3000};
};

/// What a sandbox has for a network: its own machine, or a second host besides, see FarHost.
enum class Network { own, two_hosts };

/// The processes that run together, and the judge's ends of their pipes.
class Scenario {
 public:
  Scenario&& with(Cast cast) && { return roles.push_back(std::move(cast)), std::move(*this); }
  /// The judge acts for `peer` while the run lasts.
  Scenario&& with(Peer& peer) && { return peers.push_back(&peer), std::move(*this); }
  /// Called when every process of the run is blocked and the judge's peers have nothing to do. It
  /// may do something and return true: the run goes on. This is how a check waits for "everybody
  /// waits" without a clock.
  Scenario&& when_quiet(std::function<bool(class Observer&)> act) && {
    return quiet = std::move(act), std::move(*this);
  }
  /// Who waits with a timeout waits, too: all is quiet, as soon as nobody has done anything for two
  /// looks. For work in which somebody may look around now and then.
  Scenario&& with_timeouts() && { return timeouts = true, std::move(*this); }
  /// The body may end with an exception: the check looks at it.
  Scenario&& may_throw() && { return throwing = true, std::move(*this); }
  /// A role may be ended by SIGKILL, because the check sends it.
  Scenario&& may_be_killed() && { return killing = true, std::move(*this); }
  /// The handout's section to read if this hangs.
  Scenario&& about(std::string section_) && {
    section = std::move(section_);
    return std::move(*this);
  }
  /// On the near host of two; the check speaks on the other one (Check::far_host). The kernel's own
  /// timers may then end a call that waits, and a wait for them is no hang; nor is it quiet before
  /// what has been sent is there.
  Scenario&& between_hosts() && {
    network = Network::two_hosts;
    timeouts = true;
    return std::move(*this);
  }
  /// What has happened to the processes, in a sentence: said before what is said of those who wait.
  Scenario&& in(std::string situation_) && {
    situation = std::move(situation_);
    return std::move(*this);
  }
  Scenario&& on(Build which) && { return build = which, std::move(*this); }

  std::vector<Cast> roles;
  std::vector<Peer*> peers;
  std::function<bool(Observer&)> quiet;
  std::string section, situation;
  Budget budget;
  bool timeouts = false;
  bool throwing = false;
  bool killing = false;
  Build build = Build::plain;
  Network network = Network::own;
};

/// Something a role said, under a tag.
struct Report {
  std::string tag;
  Bytes data;
};

/// A descriptor that was not open before.
struct Leak {
  int fd;
  std::string object;
};

/// What became of a role.
struct RoleResult {
  std::string role;
  std::string how;   ///< returned, not-started, system-error, exception; "" if its body did not end
  std::string what;  ///< the exception's text
  std::string detail;  ///< see subject::Outcome
  std::vector<Report> reports;
  int status = 0;           ///< of the process, as wait(2) gives it
  bool broken = false;      ///< it could not be loaded; `what` says why
  std::string output;       ///< standard output and standard error, unless the check took them
  std::vector<Leak> leaks;  ///< descriptors at the end of the body
  std::vector<std::string> mappings;  ///< shared ones, at the end: "/dev/shm/ring (4096 bytes)"
  std::vector<std::string> children;  ///< processes left at the end of the body: "wc (a zombie)"
  int threads = 1;                    ///< at the end of the body
  std::uint32_t shell_calls = 0;
  std::array<std::uint32_t, subject::most_fault_rules> met{};  ///< per fault rule
  /// The faults that were met, in words: "call number 3 of write(2) failed with EINTR"; "" if none.
  std::string faults;
  std::vector<Place> crash;  ///< innermost first, in the submission's files

  /// The data of the first report under `tag`, or nullptr.
  [[nodiscard]] const Bytes* reported(std::string_view tag) const;
  /// All data reported under `tag`, in order.
  [[nodiscard]] std::vector<std::string> all(std::string_view tag) const;
  /// The data last reported under `tag`, for a sentence; "nothing" if there was none. A submission
  /// can claim the end of a body that never ran, so no check may count on a report.
  [[nodiscard]] std::string last(std::string_view tag) const;
  /// The errno of a system-error; 0 if it was none.
  [[nodiscard]] int error() const;
};

/// Who waits for what, when nobody could go on.
struct Autopsy {
  std::vector<std::string> sentences;
  std::vector<Place> where;
};

/// What a run was.
struct RunResult {
  std::vector<RoleResult> roles;
  bool deadlock = false;  ///< nobody could go on; see `autopsy`
  bool livelock = false;  ///< it used up its CPU time
  bool too_long = false;  ///< it slept, or worked, without end
  bool too_much_memory = false;
  Budget used{.cpu_ms = 0, .sleep = std::chrono::milliseconds{0}};
  Autopsy autopsy;
  std::vector<std::string> litter;  ///< files left behind
  std::vector<std::string> strays;  ///< processes left behind

  [[nodiscard]] const RoleResult& of(Role role) const;
  [[nodiscard]] const RoleResult& only() const { return roles.front(); }
};

/// Of roles whose body ended with an exception: "`sender` threw: ... "; "" if none did. Who waits
/// for one of them waits in vain, so it belongs before what is said of those who wait.
std::string who_threw(const RunResult& run);

}  // namespace judge
