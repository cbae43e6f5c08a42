#include "tests/attacks/judged.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace attacks {

namespace fs = std::filesystem;
using ipc::SystemError;
using ipc::UniqueFd;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds watchdog{120};
constexpr std::size_t most_said = 64 << 20;  // more is not needed to see that it is too much
constexpr int events_fd = 3;

struct Pipe {
  UniqueFd read_end, write_end;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
    read_end = UniqueFd(ends[0]);
    // Out of the way of the numbers that the program is given.
    write_end = UniqueFd(::fcntl(ends[1], F_DUPFD_CLOEXEC, 10));
    ::close(ends[1]);
  }
};

std::string program_of(const Call& call) {
  return std::string(IPCLAB_KIT_DIR "/") + call.lab + "/judge";
}

[[noreturn]] void become_judge(const Call& call, const Pipe& events, const Pipe& printed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(printed.write_end.get(), STDOUT_FILENO);
  ::dup2(printed.write_end.get(), STDERR_FILENO);
  ::dup2(events.write_end.get(), events_fd);
  ::setenv("TMPDIR", call.temporary.c_str(), 1);
  ::setenv("IPCLAB_ISOLATION", call.isolation.c_str(), 1);
  ::setenv("IPCLAB_NO_CACHE", "1", 1);
  const std::string program = program_of(call);
  std::vector<std::string> words{
      program,     "--submission", call.submission.string(), "--jobs", "2", "--check",
      call.checks, "--events-fd",  std::to_string(events_fd)};
  if (call.contained) {
    words.insert(words.begin(), {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"});
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

// The largest size that the judge's own processes have had so far: the judge, and its workers.
std::size_t memory_of_judge(pid_t judge, const std::string& program) {
  std::size_t largest = 0;
  std::vector<pid_t> all = processes_below(judge);
  all.push_back(judge);
  for (const pid_t pid : all) {
    const std::string process = "/proc/" + std::to_string(pid);
    std::error_code gone;
    if (fs::read_symlink(process + "/exe", gone) != program) continue;
    std::ifstream status(process + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("VmHWM:")) continue;
      largest = std::max<std::size_t>(largest, std::strtoull(line.c_str() + 6, nullptr, 10) * 1024);
    }
  }
  return largest;
}

// Takes the events strictly: a line is an event that there is, at a time when it may come.
void take_events(Judged& judged) {
  const auto expect = [&](bool right, const std::string& fault) {
    if (!right) judged.faults.push_back(fault);
  };
  std::istringstream lines(judged.events);
  std::set<std::string> announced;
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("event")) {
      expect(false, "a line is no event: " + line.substr(0, 200));
      return;
    }
    const std::string kind = event["event"].get<std::string>();
    expect(last != "finished", "something comes after the end");
    expect(last.empty() == (kind == "announcement") || kind == "error",
           "the announcement is not the first event, or comes twice");
    last = kind;
    if (kind == "announcement") {
      event.at("checks").get_to(judged.announced);
      for (const judge::CheckInfo& info : judged.announced) announced.insert(info.id);
    } else if (kind == "check") {
      const auto result = event.get<judge::CheckResult>();
      expect(announced.contains(result.info.id), "an unknown check: " + result.info.id);
      expect(judged.checks.emplace(result.info.id, result).second, "a check has two results");
    } else if (kind == "error") {
      event.at("message").get_to(judged.error);
    } else {
      expect(kind == "compiler" || kind == "started" || kind == "finished",
             "there is no event " + kind);
    }
  }
  expect(last == "finished", "the events have no end");
  expect(judged.checks.size() == announced.size(), "not every check has a result");
}

}  // namespace

std::vector<pid_t> processes_below(pid_t pid) {
  std::vector<pid_t> all;
  std::error_code gone;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    std::ifstream list(task.path() / "children");
    for (pid_t child; list >> child;) {
      all.push_back(child);
      const auto more = processes_below(child);
      all.insert(all.end(), more.begin(), more.end());
    }
  }
  return all;
}

Judged judge_submission(const Call& call) {
  Judged judged;
  Pipe events, printed;
  const auto begin = steady_clock::now();
  const pid_t pid = ::fork();
  if (pid < 0) throw SystemError("fork");
  if (pid == 0) become_judge(call, events, printed);
  events.write_end.reset();
  printed.write_end.reset();

  std::array<pollfd, 2> streams{
      {{events.read_end.get(), POLLIN, 0}, {printed.read_end.get(), POLLIN, 0}}};
  const std::array<std::string*, 2> texts{&judged.events, &judged.printed};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    constexpr int between_looks_ms = 50;
    ::poll(streams.data(), streams.size(), between_looks_ms);
    judged.memory = std::max(judged.memory, memory_of_judge(pid, program_of(call)));
    if (steady_clock::now() - begin > watchdog) {
      judged.too_late = true;
      ::kill(pid, SIGKILL);
      break;
    }
    if (call.kill_when && call.kill_when(pid)) {
      ::kill(pid, SIGKILL);
      break;
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].fd < 0 || streams[i].revents == 0) continue;
      std::array<char, 65536> piece;
      const ssize_t n = ::read(streams[i].fd, piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0 || texts[i]->size() > most_said) {
        streams[i].fd = -1;
      } else {
        texts[i]->append(piece.data(), static_cast<std::size_t>(n));
      }
    }
  }
  while (::waitpid(pid, &judged.status, 0) < 0 && errno == EINTR) {
  }
  judged.time = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begin);
  if (!judged.too_late && !call.kill_when) take_events(judged);
  return judged;
}

}  // namespace attacks
