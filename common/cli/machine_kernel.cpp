#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "common/cli/machine.h"
#include "common/report/text.h"

namespace cli {

namespace {

using State = Feature::State;

Feature kernel() {
  utsname name{};
  ::uname(&name);
  return {"kernel", State::present, fmt::format("{} {}", name.sysname, name.release)};
}

/// Why a kernel that can make user namespaces may refuse to, as far as it says so.
std::string why_no_namespaces(const std::string& said) {
  if (first_line("/proc/sys/kernel/unprivileged_userns_clone") == "0") {
    return "kernel.unprivileged_userns_clone is 0";
  }
  if (first_line("/proc/sys/user/max_user_namespaces") == "0") {
    return "user.max_user_namespaces is 0";
  }
  if (first_line("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1") {
    return "AppArmor lets only some programs make them "
           "(kernel.apparmor_restrict_unprivileged_userns is 1)";
  }
  const std::vector<std::string> lines = report::split_lines(said);
  return lines.empty() ? "bubblewrap failed" : lines.front();
}

Feature namespaces() {
  const std::string cost =
      "submissions are isolated by a user of their own, Landlock and seccomp instead, and each "
      "report says so";
  const ProgramRun version = run_program({"bwrap", "--version"});
  if (!version.started) {
    return {"namespaces", State::limited,
            "bubblewrap is not installed (apt-get install bubblewrap)", cost};
  }
  // The same namespaces as a submission gets.
  const ProgramRun run =
      run_program({"bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net",
                   "--unshare-uts", "--die-with-parent", "--ro-bind", "/", "/", "--proc", "/proc",
                   "--dev", "/dev", "--tmpfs", "/tmp", "true"});
  if (run.exit_status != 0) {
    return {"namespaces", State::limited, why_no_namespaces(run.output), cost};
  }
  const std::vector<std::string> lines = report::split_lines(version.output);
  return {"namespaces", State::present,
          fmt::format("{} makes user, pid, ipc, net, uts and mount namespaces",
                      lines.empty() ? "bubblewrap" : lines.front())};
}

Feature seccomp() {
  const bool has_filters =
      ::prctl(PR_GET_SECCOMP) >= 0 && ::access("/proc/sys/kernel/seccomp/actions_avail", F_OK) == 0;
  if (has_filters) return {"seccomp", State::present, "system calls can be filtered"};
  return {"seccomp", State::limited, "this kernel filters no system calls",
          "a submission can make any system call that its sandbox does not stop"};
}

Feature landlock() {
  constexpr unsigned ask_version = 1;  // LANDLOCK_CREATE_RULESET_VERSION
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (version > 0) return {"Landlock", State::present, fmt::format("version {}", version)};
  return {"Landlock", State::limited,
          errno == EOPNOTSUPP ? "switched off when this kernel was started"
                              : "this kernel has none (it came with Linux 5.13)",
          "without namespaces there would be no isolation at all"};
}

/// The directory of this process' own cgroup, of version 2: "/sys/fs/cgroup/user.slice".
std::string own_cgroup() {
  const std::string line = first_line("/proc/self/cgroup").value_or("");
  constexpr std::string_view unified = "0::";
  return line.starts_with(unified) ? "/sys/fs/cgroup" + line.substr(unified.size()) : "";
}

Feature cgroup() {
  struct statfs status {};
  const bool unified = ::statfs("/sys/fs/cgroup", &status) == 0 &&
                       status.f_type == static_cast<decltype(status.f_type)>(CGROUP2_SUPER_MAGIC);
  const std::string own = own_cgroup();
  if (unified && !own.empty() && ::access(own.c_str(), W_OK) == 0) {
    return {"cgroup", State::present, "version 2, and we may make groups of our own"};
  }
  return {
      "cgroup", State::limited,
      unified ? "version 2, but we may not make groups of our own" : "there is none of version 2",
      "limits on memory and processes hold for each process of a submission, not for all of "
      "them together"};
}

}  // namespace

std::vector<Feature> look_at_kernel() {
  return {kernel(), namespaces(), seccomp(), landlock(), cgroup()};
}

}  // namespace cli
