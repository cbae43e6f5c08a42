#pragma once

#include <string>
#include <vector>

#include "common/bench/pair.h"
#include "common/ipc/unique_fd.h"

namespace bench {

/// Keeps processors from halting when they have nothing to do, as far as this machine allows it to
/// us, for as long as this object lives.
/// @see Documentation/power/pm_qos_interface.rst of the Linux kernel
class Awake {
 public:
  Awake();
  [[nodiscard]] bool is_allowed() const { return static_cast<bool>(latency_); }

 private:
  ipc::UniqueFd latency_;
};

/// What one has to know about a machine to read figures of it, in a few lines.
std::string describe_machine(const Cpus& cpus, const Awake& awake);

/// The processors that this process may use.
std::vector<int> usable_cpus();

}  // namespace bench
