#include "common/bench/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "common/ipc/system_error.h"

namespace bench {

namespace {

/// What /proc/cpuinfo says behind `key` the first time; empty if nothing.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return {};
}

}  // namespace

Awake::Awake() : latency_(::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC)) {
  // Held as long as the file is open.
  const std::int32_t microseconds = 0;
  if (latency_ && ::write(latency_.get(), &microseconds, sizeof microseconds) < 0) latency_.reset();
}

std::string describe_machine(const Cpus& cpus, const Awake& awake) {
  utsname system{};
  ::uname(&system);
  const std::string model = cpuinfo("model name");
  const bool is_virtual = cpuinfo("flags").find("hypervisor") != std::string::npos;
  std::string text = fmt::format(
      "{}, {} processors, {} {}; pinned to {} and {}\n", model.empty() ? system.machine : model,
      ::sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.release, cpus.first, cpus.second);
  text += awake.is_allowed()
              ? "/dev/cpu_dma_latency is held at 0: idle processors do not sleep deeply\n"
              : "/dev/cpu_dma_latency is not ours to hold: a wake-up includes an idle core's\n";
  if (is_virtual) {
    text +=
        "a virtual machine: it may halt idle cores all the same, and a wake-up may cost 60 us.\n"
        "That is in every figure of a transport that sleeps\n";
  }
  double load = 0;
  if (::getloadavg(&load, 1) == 1 && load > 0.5) {
    text += fmt::format(
        "the load was {:.1f} when this began: somebody else is at work here, so read no figure\n"
        "of this run and none of its ratios as the machine's\n",
        load);
  }
  return text;
}

std::vector<int> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) < 0) throw ipc::SystemError("sched_getaffinity");
  std::vector<int> usable;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) usable.push_back(cpu);
  }
  return usable;
}

}  // namespace bench
