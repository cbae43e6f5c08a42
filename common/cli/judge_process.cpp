#include "common/cli/judge_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "common/cli/exit_status.h"
#include "common/ipc/system_error.h"
#include "common/report/text.h"

namespace cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int events_fd = 3;                           // of the judge
constexpr std::size_t most_events = 16 * 1024 * 1024;  // bytes, of a judge gone wild
constexpr std::size_t kept_output = 16 * 1024;         // bytes, the last ones
constexpr milliseconds redraw_interval{100};
constexpr milliseconds grace{2000};  // for a judge to take down its sandbox after SIGTERM

struct Pipe {
  ipc::UniqueFd read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
  // Only our own end: the judge must be able to block when it is faster than we are.
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ipc::UniqueFd(ends[0]), ipc::UniqueFd(ends[1])};
}

std::vector<std::string> arguments_of(const JudgeCall& call) {
  std::vector<std::string> arguments = {
      call.judge.string(),       "--submission", call.submission.string(),  "--seed",
      std::to_string(call.seed), "--jobs",       std::to_string(call.jobs), "--events-fd",
      std::to_string(events_fd)};
  if (call.check) arguments.insert(arguments.end(), {"--check", *call.check});
  return arguments;
}

/// Becomes the judge. Called in the child; whatever fails is said on its standard error.
[[noreturn]] void become(std::vector<std::string> arguments, int events, int output, pid_t parent) {
  // A group of its own: Ctrl-C in the terminal reaches only us, and we end the whole group.
  ::setpgid(0, 0);
  // Should we be killed outright, the judge must not go on alone.
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(3);
  Signals::restore_defaults();
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // dup2 to the same number would leave close-on-exec set, and the judge without its descriptor.
  if (events == events_fd) {
    ::fcntl(events, F_SETFD, 0);
  } else {
    ::dup2(events, events_fd);
  }
  // What our own caller left open (a job server of make, a log) is nobody's business beyond here.
  ::close_range(events_fd + 1, ~0U, 0);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  const std::string failed = std::string("it could not be started: ") + std::strerror(errno);
  [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, failed.data(), failed.size());
  ::_exit(3);
}

/// A judge's process, and with it its group.
class Process {
 public:
  Process(const JudgeCall& call, const Pipe& events, const Pipe& output) {
    const std::vector<std::string> arguments = arguments_of(call);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) throw ipc::SystemError("fork");
    if (pid_ == 0) become(arguments, events.write_end.get(), output.write_end.get(), parent);
    ::setpgid(pid_, pid_);  // here as well, so that it holds whoever comes first
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Ends what is left of the group: the judge first gets the time to clean up.
  ~Process() {
    if (!has_ended()) {
      ::kill(-pid_, SIGTERM);
      const auto deadline = Clock::now() + grace;
      sigset_t child;
      ::sigemptyset(&child);
      ::sigaddset(&child, SIGCHLD);
      while (!has_ended() && Clock::now() < deadline) {
        const auto left =
            std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
        const timespec wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        if (left.count() > 0) ::sigtimedwait(&child, nullptr, &wait);
      }
    }
    ::kill(-pid_, SIGKILL);  // also whatever of its group has outlived the judge
    if (!has_ended()) ::waitpid(pid_, &status_, 0);
  }

  /// Whether the judge has ended; never waits.
  bool has_ended() {
    if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) != 0;
    return ended_;
  }

  /// How it ended, as the end of a sentence; empty if all is well.
  [[nodiscard]] std::string bad_end() const {
    if (WIFSIGNALED(status_)) {
      return "was ended by signal " + std::to_string(WTERMSIG(status_)) + " (" +
             ::strsignal(WTERMSIG(status_)) + ")";
    }
    if (WEXITSTATUS(status_) == 0) return "";
    return "ended with exit status " + std::to_string(WEXITSTATUS(status_));
  }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

/// Reads what there is. @returns false at the end of the stream.
template <class Use>
bool drain(int fd, Use use) {
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      use(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

/// Cuts the stream of events into lines.
class Lines {
 public:
  explicit Lines(report::Assembler& assembler) : assembler_(assembler) {}

  void take(std::string_view bytes) {
    total_ += bytes.size();
    if (total_ > most_events) throw report::JudgeError("the judge never stops talking");
    rest_ += bytes;
    std::size_t begin = 0;
    for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      assembler_.take_line(std::string_view(rest_).substr(begin, end - begin));
    }
    rest_.erase(0, begin);
  }

  [[nodiscard]] bool ends_in_a_line() const { return !rest_.empty(); }

 private:
  report::Assembler& assembler_;
  std::string rest_;
  std::size_t total_ = 0;
};

/// `why`, and the end of what the judge itself printed, which is mostly the better explanation.
report::JudgeError with_output(const std::string& why, const std::string& output) {
  constexpr std::size_t most_lines = 20;
  const std::vector<std::string> lines = report::split_lines(report::clean(output));
  std::string text = why;
  for (std::size_t at = lines.size() - std::min(lines.size(), most_lines); at < lines.size();
       ++at) {
    text += (text == why ? "\nThe last that it printed:\n    " : "\n    ") + lines[at];
  }
  return report::JudgeError(text);
}

}  // namespace

bool run_judge(const JudgeCall& call, report::Assembler& assembler, const Signals& signals,
               const Watching& watching) {
  Pipe events = make_pipe();
  Pipe output = make_pipe();
  Process judge(call, events, output);
  events.write_end.reset();  // or the end of the events would never be seen
  output.write_end.reset();

  Lines lines(assembler);
  std::string printed;
  const auto keep = [&](std::string_view bytes) {
    printed += bytes;
    if (printed.size() > kept_output) printed.erase(0, printed.size() - kept_output);
  };
  const auto drain_output = [&] {
    if (output.read_end && !drain(output.read_end.get(), keep)) output.read_end.reset();
  };
  auto last_word = Clock::now();
  const auto drain_events = [&] {
    const auto take = [&](std::string_view bytes) {
      last_word = Clock::now();
      lines.take(bytes);
    };
    if (events.read_end && !drain(events.read_end.get(), take)) events.read_end.reset();
  };

  try {
    while (!judge.has_ended()) {
      if (watching.tick) watching.tick();
      // poll(2) passes over descriptors that are -1: streams that have ended, nothing to watch.
      std::array<pollfd, 4> waits{
          pollfd{events.read_end.get(), POLLIN, 0}, pollfd{output.read_end.get(), POLLIN, 0},
          pollfd{signals.fd(), POLLIN, 0}, pollfd{watching.other_fd, POLLIN, 0}};
      const auto silent = std::chrono::duration_cast<milliseconds>(Clock::now() - last_word);
      if (silent >= call.silence) throw report::JudgeError("the judge hangs");
      const milliseconds left = call.silence - silent + milliseconds(1);
      const milliseconds longest = watching.live ? std::min(left, redraw_interval) : left;
      ::poll(waits.data(), waits.size(), static_cast<int>(longest.count()));
      signals.check();
      drain_output();
      drain_events();
      if (waits[3].revents != 0 && watching.is_outdated()) return false;
    }
    drain_output();
    drain_events();
    if (lines.ends_in_a_line()) {
      throw report::JudgeError("the judge ended in the middle of a line");
    }
    if (const std::string end = judge.bad_end(); !end.empty()) {
      throw report::JudgeError("the judge " + end +
                               (assembler.finished() ? "" : " before it had finished"));
    }
    static_cast<void>(assembler.finish());
  } catch (const report::DeclaredError&) {
    throw;  // it has said all
  } catch (const report::JudgeError& error) {
    drain_output();
    throw with_output(error.what(), printed);
  }
  if (watching.tick) watching.tick();
  return true;
}

}  // namespace cli
