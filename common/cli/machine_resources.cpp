#include <fcntl.h>
#include <fmt/format.h>
#include <mqueue.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "common/cli/grading.h"
#include "common/cli/machine.h"
#include "common/report/text.h"

namespace cli {

namespace {

using State = Feature::State;

constexpr double mebibyte = 1024.0 * 1024.0;

std::string limit(const char* name) {
  return first_line(std::string("/proc/sys/fs/mqueue/") + name).value_or("unknown");
}

Feature message_queues() {
  const std::string name = fmt::format("/ipclab-doctor-{}", ::getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 1;
  const mqd_t queue = ::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
  if (queue == static_cast<mqd_t>(-1)) {
    return {"message queues", State::limited, fmt::format("mq_open: {}", std::strerror(errno)),
            "lab 02 can be graded only where namespaces can be had"};
  }
  ::mq_close(queue);
  ::mq_unlink(name.c_str());
  return {"message queues", State::present,
          fmt::format("up to {} messages of {} bytes, {} queues", limit("msg_max"),
                      limit("msgsize_max"), limit("queues_max"))};
}

Feature shared_memory() {
  constexpr double enough = 16 * mebibyte;
  const std::string cost =
      "labs about shared memory need some, unless namespaces give each submission its own";
  struct statvfs status {};
  if (::statvfs("/dev/shm", &status) != 0) {
    return {"/dev/shm", State::limited, std::strerror(errno), cost};
  }
  const double size = static_cast<double>(status.f_frsize) * static_cast<double>(status.f_blocks);
  const bool is_enough = size >= enough && ::access("/dev/shm", W_OK) == 0;
  return {"/dev/shm", is_enough ? State::present : State::limited, size_text(size),
          is_enough ? "" : cost};
}

/// A container's share of the processors: "200000 100000" of cpu.max means two of them.
double processor_quota() {
  const std::string line = first_line("/sys/fs/cgroup/cpu.max").value_or("max");
  long quota = 0;
  long period = 0;
  const char* end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, quota);
  if (first.ec != std::errc{} || first.ptr == end) return 0;
  const auto second = std::from_chars(first.ptr + 1, end, period);
  if (second.ec != std::errc{} || period <= 0) return 0;
  return static_cast<double>(quota) / static_cast<double>(period);
}

Feature cpus() {
  const int count = processors();
  const double quota = processor_quota();
  const std::string found = fmt::format(
      "{}{}", count, quota > 0 ? fmt::format(", of which {:.1f} may be used", quota) : "");
  if (count > 1 && !(quota > 0 && quota < 1.5)) return {"processors", State::present, found};
  return {"processors", State::limited, found,
          "a verdict takes about twice as long; it stays the same verdict"};
}

Feature memory() {
  constexpr double enough = 512 * mebibyte;
  struct sysinfo info {};
  ::sysinfo(&info);
  double size = static_cast<double>(info.totalram) * info.mem_unit;
  const std::string limited = first_line("/sys/fs/cgroup/memory.max").value_or("max");
  double most = 0;
  if (std::from_chars(limited.data(), limited.data() + limited.size(), most).ec == std::errc{}) {
    size = std::min(size, most);
  }
  if (size >= enough) return {"memory", State::present, size_text(size)};
  return {"memory", State::limited, size_text(size),
          "compiling may fail; --jobs 1 takes the least memory"};
}

std::string first_of(const std::string& text) {
  const std::vector<std::string> lines = report::split_lines(text);
  return lines.empty() ? "it says nothing about its version" : lines.front();
}

Feature compiler(const judge::Kit& kit) {
  const ProgramRun run = run_program({kit.compiler(), "--version"});
  if (run.exit_status == 0) {
    return {"compiler", State::present,
            fmt::format("{}: {}", kit.compiler(), first_of(run.output))};
  }
  return {"compiler", State::missing, fmt::format("{} cannot be run", kit.compiler()),
          "nothing can be graded: install it, or build the kit again with another one"};
}

Feature linker(const judge::Kit& kit) {
  const std::vector<std::string>& link = kit.link_flags(judge::Build::plain);
  const std::string program = link.empty() ? "ld" : link.front();
  const ProgramRun run = run_program({program, "--version"});
  if (run.exit_status != 0) {
    return {"linker", State::missing, fmt::format("{} cannot be run", program),
            "nothing can be graded: install it, or build the kit again with another one"};
  }
  if (std::filesystem::path(program).filename() == "mold") {
    return {"linker", State::present, first_of(run.output)};
  }
  return {"linker", State::limited, fmt::format("{}, and not mold", first_of(run.output)),
          "linking takes a little longer; to change it, install mold and build the kit again"};
}

}  // namespace

std::vector<Feature> look_at_resources() {
  return {message_queues(), shared_memory(), cpus(), memory()};
}

std::vector<Feature> look_at_tools(const std::optional<judge::Kit>& kit,
                                   const std::string& why_no_kit) {
  if (!kit) return {{"kit", State::missing, why_no_kit, "nothing can be graded"}};
  std::string labs;
  std::string broken;
  for (const judge::Lab& lab : kit->labs()) {
    const bool has_judge = ::access(kit->judge(lab.name).c_str(), X_OK) == 0;
    std::string& list = has_judge ? labs : broken;
    list += (list.empty() ? "" : ", ") + lab.name;
  }
  Feature built{"kit", State::present, labs};
  if (labs.empty() || !broken.empty()) {
    built.state = labs.empty() ? State::missing : State::limited;
    built.found = broken.empty() ? "it holds no labs" : "no judge for " + broken;
    built.cost = "these labs cannot be graded: build the kit again";
  }
  return {built, compiler(*kit), linker(*kit)};
}

}  // namespace cli
