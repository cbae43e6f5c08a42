#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/judge/peer.h"
#include "common/judge/processes.h"
#include "common/judge/scenario.h"

namespace judge {

/// A snapshot of a run in which nobody may be able to go on.
struct Stillness {
  std::vector<ProcessState> processes;
  /// The zygote: as long as it has an order to obey, or an end to tell of, somebody can go on.
  ThreadState zygote;
  /// Every thread is blocked, and no call ends by itself.
  bool all_blocked = false;
  /// Every thread is blocked, and some call ends by itself, such as a sleep.
  bool only_timers = false;
  /// Every thread seems to be blocked, and of some it cannot be said in what call.
  bool unknown = false;
  /// Some thread could go on if the machine let it, or is in a wait that the kernel will end, such
  /// as that for a disk. That it does not go on is not its fault, however long it takes.
  bool runnable = false;
};

/// Looks at the processes below `zygote`.
Stillness look(pid_t zygote);

/// Whether nobody has run between two looks. If all were blocked in both, then all were blocked at
/// one moment in between: each of them during the whole time between its own two snapshots.
bool same(const Stillness& before, const Stillness& after);

/// Says who waits for what and who holds it, for a person who meets it for the first time. To be
/// called before anything is killed.
/// @param peers  the judge's own ends.
/// @param done   processes that wait for the judge alone: nothing is said of them.
std::vector<std::string> explain(const Stillness& stillness, const std::vector<Peer*>& peers,
                                 const std::set<pid_t>& done);

/// CPU time that the processes of a run have used, with those that are gone already: milliseconds
/// since the sandbox began.
std::uint64_t cpu_ms(pid_t zygote, const Stillness& stillness);

}  // namespace judge
