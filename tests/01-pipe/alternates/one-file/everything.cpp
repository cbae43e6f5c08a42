#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "exchange.h"
#include "frames.h"
#include "journal.h"
#include "pipeline.h"
#include "stream.h"

namespace {

/// Makes a system call until it is not interrupted; throws if it fails otherwise.
template <class Call>
auto uninterrupted(const char* name, Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) throw ipc::SystemError(name);
  }
}

std::size_t write_some(int fd, std::span<const std::byte> bytes) {
  return static_cast<std::size_t>(
      uninterrupted("write", [&] { return ::write(fd, bytes.data(), bytes.size()); }));
}

std::size_t read_some(int fd, std::span<std::byte> buffer) {
  return static_cast<std::size_t>(
      uninterrupted("read", [&] { return ::read(fd, buffer.data(), buffer.size()); }));
}

}  // namespace

// A ----------------------------------------------------------------------------------------------

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  for (auto rest = bytes; !rest.empty(); rest = rest.subspan(write_some(fd, rest))) continue;
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  auto rest = buffer;
  for (std::size_t got = 1; !rest.empty() && got > 0; rest = rest.subspan(got)) {
    got = read_some(fd, rest);
  }
  return buffer.size() - rest.size();
}

// B ----------------------------------------------------------------------------------------------

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  if (payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("payload of 4 GiB or more");
  }
  std::vector<std::byte> frame;
  frame.reserve(4 + payload.size());
  for (const int shift : {24, 16, 8, 0}) {
    frame.push_back(static_cast<std::byte>(payload.size() >> shift & 0xff));
  }
  frame.insert(frame.end(), payload.begin(), payload.end());
  write_all(fd, frame);
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  std::byte first;
  if (read_full(fd, {&first, 1}) == 0) return std::nullopt;
  std::byte others[3];
  if (read_full(fd, others) < 3) throw TruncatedFrame();
  auto size = std::to_integer<std::uint32_t>(first);
  for (const std::byte next : others) size = size * 256 + std::to_integer<std::uint32_t>(next);
  if (size > max_size) throw FrameTooLarge(size);
  std::optional<std::vector<std::byte>> payload(std::in_place, size);
  if (read_full(fd, *payload) != size) throw TruncatedFrame();
  return payload;
}

// C ----------------------------------------------------------------------------------------------

namespace {

int status_of(pid_t child) {
  siginfo_t info{};
  uninterrupted("waitid",
                [&] { return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED); });
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

/// A running stage, which is waited for in the end.
class Stage {
 public:
  Stage(const lab::Command& command, int input, int output) {
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    child_ = ::fork();
    if (child_ < 0) throw ipc::SystemError("fork");
    if (child_ > 0) return;

    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(SIGPIPE, &by_default, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (input >= 0) ::dup2(input, 0);
    if (output >= 0) ::dup2(output, 1);
    ::execvp(words[0], words.data());
    ::_exit(errno == ENOENT ? 127 : 126);
  }
  Stage(Stage&& other) noexcept : child_(std::exchange(other.child_, 0)) {}
  Stage& operator=(Stage&&) = delete;
  ~Stage() {
    while (child_ > 0 && ::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  int wait() { return status_of(std::exchange(child_, 0)); }

 private:
  pid_t child_;
};

/// Descriptors 0 to 2, if they are free, are taken until this object goes: no pipe may land there.
class StandardDescriptors {
 public:
  StandardDescriptors() {
    for (;;) {
      ipc::UniqueFd root(uninterrupted("open", [] { return ::open("/", O_PATH | O_CLOEXEC); }));
      if (root.get() > 2) return;
      const int number = root.get();
      taken_[number] = std::move(root);
    }
  }

 private:
  ipc::UniqueFd taken_[3];
};

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  if (stages.empty() || std::ranges::any_of(stages, &Command::empty)) {
    throw std::invalid_argument("a pipeline of nothing");
  }
  std::vector<Stage> running;  // From the last to the first; they are waited for after all ends
  running.reserve(stages.size());
  {
    const StandardDescriptors kept_free;
    ipc::UniqueFd output;  // Where the stage before the ones that run will write.
    for (auto command = stages.rbegin(); command != stages.rend(); ++command) {
      ipc::UniqueFd read_end, write_end;
      if (command + 1 != stages.rend()) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) < 0) throw ipc::SystemError("pipe2");
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
      }
      running.emplace_back(*command, read_end.get(), output.get());
      output = std::move(write_end);
    }
  }
  std::vector<int> statuses;
  while (!running.empty()) {
    statuses.push_back(running.back().wait());
    running.pop_back();
  }
  return statuses;
}

// D ----------------------------------------------------------------------------------------------

void lab::make_journal(const std::string& path) {
  if (::mkfifo(path.c_str(), 0600) == 0) return;
  const int error = errno;
  struct stat found {};
  const bool fifo = ::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
  if (error != EEXIST || !fifo) throw ipc::SystemError("mkfifo", error);
}

lab::JournalWriter::JournalWriter(const std::string& path)
    : fifo_(uninterrupted("open", [&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); })) {}

void lab::JournalWriter::append(std::string_view line) {
  const std::string record = std::string(line) + '\n';
  if (record.size() > PIPE_BUF) throw std::length_error(std::to_string(record.size()));
  if (record.find('\n') != line.size()) throw std::invalid_argument("more than one line");
  write_some(fifo_.get(), std::as_bytes(std::span(record)));
}

std::vector<std::string> lab::read_journal(const std::string& path) {
  std::string text;
  {
    const ipc::UniqueFd fifo(
        uninterrupted("open", [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
    std::byte block[5000];
    while (const std::size_t got = read_some(fifo.get(), block)) {
      text.append(reinterpret_cast<const char*>(block), got);
    }
  }
  std::vector<std::string> records;
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1) {
    records.push_back(text.substr(begin, end - begin));
  }
  return records;
}

// E ----------------------------------------------------------------------------------------------

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  std::vector<std::byte> theirs;
  bool ended = false;
  for (;;) {
    const bool reading = !ended && theirs.size() < expected;
    if (mine.empty() && !reading) return theirs;
    pollfd ready[2] = {{out, POLLOUT, 0}, {in, POLLIN, 0}};
    if (mine.empty()) ready[0].fd = -1;
    if (!reading) ready[1].fd = -1;
    uninterrupted("poll", [&] { return ::poll(ready, 2, -1); });
    if (ready[0].revents != 0) {
      // After POLLOUT, PIPE_BUF bytes are sure to fit, and nobody else writes.
      mine =
          mine.subspan(write_some(out, mine.first(std::min<std::size_t>(mine.size(), PIPE_BUF))));
    }
    if (ready[1].revents != 0) {
      std::byte block[PIPE_BUF];
      const std::size_t wanted = std::min(sizeof block, expected - theirs.size());
      const std::size_t got = read_some(in, std::span(block).first(wanted));
      theirs.insert(theirs.end(), block, block + got);
      ended = got == 0;
    }
  }
}
