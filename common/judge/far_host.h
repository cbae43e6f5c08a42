#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>

#include "common/ipc/unique_fd.h"
#include "common/judge/two-hosts/orders.h"

namespace judge {

/// The machine does not grant two networks.
class NoTwoHosts : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The host at the other end of the cable, where a check asks for one: see two-hosts. It is ours,
/// and so is whatever is said on it. What comes to it is the submission's, and believed as little
/// as all that.
class FarHost {
 public:
  /// The name that the near host knows it by, which stands for both of its addresses.
  static constexpr const char* name = "far";

  FarHost() = default;
  /// @param control  to a two-hosts that has just been started.
  /// @param pid      its process, which shows what is on its network.
  /// @throws NoTwoHosts  if it could not make them; with its words.
  FarHost(ipc::UniqueFd control, pid_t pid);

  /// A TCP socket on it, non-blocking.
  /// @throws std::runtime_error  what the far host could not do.
  [[nodiscard]] ipc::UniqueFd socket() const;

  /// From now on not a packet comes from it, and none arrives there.
  void vanish();
  /// It is back, and knows of its connections.
  void come_back();

  /// Something is on its way from here or from `near`, and has not been acknowledged: no cable that
  /// is not cut loses it. What is under way to a host that has vanished does not count.
  [[nodiscard]] bool in_transit(pid_t near) const;

 private:
  ipc::UniqueFd tell(two_hosts::Order order) const;

  ipc::UniqueFd control_;
  pid_t pid_ = -1;
  bool vanished_ = false;
};

/// TCP's own timers of the network that `pid` is on: they may end a call that waits without a
/// timeout. What is further away than a minute is not waited for.
[[nodiscard]] bool kernel_has_timers(pid_t pid);

}  // namespace judge
