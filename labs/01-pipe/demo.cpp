// Lab 01, to play with: runs your code, so that there is something to see before you grade it.
//
//     demo                                  all five parts, one after the other
//     demo stream [BYTES]                   part A: that many bytes from one process to another
//     demo frames [TEXT...]                 part B: each TEXT in a frame of its own
//     demo pipeline ls / :: sort :: wc -l   part C: `::` stands where a shell has `|`
//     demo journal                          part D: three writers, one reader
//     demo journal read PATH                part D, in two terminals: start this in one,
//     demo journal write PATH               and this in another, and type lines
//     demo exchange [BYTES]                 part E: both processes send that many bytes
//
// It checks little and is not graded: change it as you like. If it hangs, leave it hanging and look
// at it from another terminal; README.md, "Run and debug", says how.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"
#include "exchange.h"
#include "frames.h"
#include "journal.h"
#include "pipeline.h"
#include "stream.h"

namespace {

using ipc::UniqueFd;
using Arguments = std::vector<std::string>;

/// Runs `body` and says on the terminal what stopped it, if anything did.
/// @returns whether nothing did.
bool completes(const char* who, const std::function<void()>& body) {
  try {
    body();
    return true;
  } catch (const ipc::NotStarted& missing) {
    std::printf("  %s: %s is not written yet (%s:%d).\n", who, missing.function(), missing.file(),
                missing.line());
  } catch (const std::exception& error) {
    std::printf("  %s: stopped by an exception: %s\n", who, error.what());
  }
  return false;
}

/// Another process, and in the end the wait for it.
///
/// Declare it before the pipes that it uses. Then they go first when a scope is left, and a child
/// that waits for the other end of one is told that we have gone, before we wait for the child.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }

  /// Starts the process, which runs `body` and nothing else.
  void start(const char* who, const std::function<void()>& body) {
    std::fflush(stdout);  // Or the child would print a second time what is still in the buffer.
    pid_ = ::fork();
    if (pid_ < 0) throw ipc::SystemError("fork");
    if (pid_ > 0) return;
    const bool ok = completes(who, body);
    std::fflush(stdout);
    ::_exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
  }

 private:
  pid_t pid_ = -1;
};

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe(ends) < 0) throw ipc::SystemError("pipe");
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// `size` bytes that differ from their neighbours, so that a byte in the wrong place shows.
std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 31 + i / 251);
  return bytes;
}

std::size_t number(const Arguments& arguments, std::size_t otherwise) {
  if (arguments.empty()) return otherwise;
  const std::string& digits = arguments.front();
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
    throw std::invalid_argument("\"" + digits + "\" is not a number of bytes");
  }
  return std::stoull(digits);
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ------------------------------------------------------------------------------------------ part A

void stream(const Arguments& arguments) {
  const std::vector<std::byte> sent = pattern(number(arguments, 1'000'000));
  Child writer;
  Pipe pipe;
  writer.start("writer", [&] {
    pipe.read_end.reset();
    lab::write_all(pipe.write_end.get(), sent);
  });
  pipe.write_end.reset();  // Otherwise we would wait for our own write end to close.

  // Room for more than will come, so that it is the end of the stream that stops read_full.
  std::vector<std::byte> received(sent.size() + 100);
  const ssize_t first = ::read(pipe.read_end.get(), received.data(), received.size());
  if (first < 0) throw ipc::SystemError("read");
  std::printf("  one read(2) with room for %zu bytes: %zd bytes\n", received.size(), first);
  const auto rest = std::span(received).subspan(static_cast<std::size_t>(first));
  const std::size_t got = lab::read_full(pipe.read_end.get(), rest);
  std::printf("  read_full with the rest of the room: %zu bytes, then the end\n", got);

  received.resize(static_cast<std::size_t>(first) + got);
  std::printf("  %zu of %zu bytes arrived, %s\n", received.size(), sent.size(),
              received == sent ? "each in its place" : "and NOT as they were sent");
}

// ------------------------------------------------------------------------------------------ part B

/// Reads frames until there are no more, and prints each.
void print_frames(int fd) {
  constexpr std::size_t max_size = 1000;
  try {
    while (const auto frame = lab::read_frame(fd, max_size)) {
      std::printf("  a frame of %zu bytes: \"%.*s\"\n", frame->size(),
                  static_cast<int>(frame->size()), text(*frame).data());
    }
    std::printf("  the end, between two frames\n");
  } catch (const lab::TruncatedFrame& error) {
    std::printf("  TruncatedFrame: %s\n", error.what());
  } catch (const lab::FrameTooLarge& error) {
    std::printf("  FrameTooLarge: %u bytes announced, at most %zu allowed\n", error.announced(),
                max_size);
  }
}

void frames(const Arguments& arguments) {
  const Arguments words = arguments.empty() ? Arguments{"hello", "", "pipe"} : arguments;
  {
    Child writer;
    Pipe pipe;
    writer.start("writer", [&] {
      pipe.read_end.reset();
      for (const std::string& word : words) {
        lab::write_frame(pipe.write_end.get(), std::as_bytes(std::span(word)));
      }
    });
    pipe.write_end.reset();
    print_frames(pipe.read_end.get());
  }
  // What no well-behaved writer sends; both are short enough to fit into the pipe at once.
  for (const std::string_view odd :
       {std::string_view("\0\0\0\5hel", 7), std::string_view("GET /")}) {
    Pipe pipe;
    if (::write(pipe.write_end.get(), odd.data(), odd.size()) < 0) throw ipc::SystemError("write");
    pipe.write_end.reset();
    print_frames(pipe.read_end.get());
  }
}

// ------------------------------------------------------------------------------------------ part C

std::string explained(int status) {
  if (status == 127) return "127 (no such command)";
  if (status == 126) return "126 (cannot be executed)";
  if (status <= 128) return std::to_string(status);
  const char* name = ::sigabbrev_np(status - 128);
  return std::to_string(status) + (name ? std::string(" (SIG") + name + ")" : std::string());
}

void run_and_print(const std::vector<lab::Command>& stages) {
  std::string line;
  for (const lab::Command& command : stages) {
    if (&command != &stages.front()) line += " |";
    for (const std::string& argument : command) line += " " + argument;
  }
  std::printf("  $%s\n", line.c_str());
  std::fflush(stdout);  // The stages write to the same place, and should come after this.

  const std::vector<int> statuses = lab::run_pipeline(stages);
  std::printf("  statuses:");
  for (const int status : statuses) std::printf(" %s", explained(status).c_str());
  std::printf("\n");
}

void pipeline(const Arguments& arguments) {
  if (arguments.empty()) {
    run_and_print({{"ls", "/"}, {"wc", "-l"}});
    run_and_print({{"yes"}, {"head", "-n", "1"}});
    run_and_print({{"yes"}, {"no-such-command"}});
    return;
  }
  std::vector<lab::Command> stages(1);
  for (const std::string& argument : arguments) {
    if (argument == "::") {
      stages.emplace_back();
    } else {
      stages.back().push_back(argument);
    }
  }
  run_and_print(stages);
}

// ------------------------------------------------------------------------------------------ part D

void print_journal(const std::string& path) {
  for (const std::string& record : lab::read_journal(path)) {
    std::printf("  record: \"%s\"\n", record.c_str());
  }
  std::printf("  the end: the last writer has gone\n");
}

/// A directory of our own for the FIFO, removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "ipclab-demo-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw ipc::SystemError("mkdtemp");
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Stops here if one of them is not written yet: in the middle of it all, the others would wait for
/// it in open(2). A path that cannot exist brings out which it is.
void require_both_ends() {
  try {
    const lab::JournalWriter nowhere("");
  } catch (const ipc::SystemError&) {
  }
  try {
    lab::read_journal("");
  } catch (const ipc::SystemError&) {
  }
}

void three_writers(const std::string& path) {
  Child reader, ann, bob, cho;
  Pipe start;
  const auto write_three = [&](const char* name) {
    lab::JournalWriter writer(path);
    // The reader ends with the last writer, so nobody leaves before all have come. Nothing is ever
    // written to this pipe: its end is the signal, and comes when the last process has closed it.
    start.write_end.reset();
    char none;
    while (::read(start.read_end.get(), &none, 1) > 0) continue;
    for (int i = 1; i <= 3; ++i) writer.append(std::string(name) + " " + std::to_string(i));
  };
  ann.start("ann", [&] { write_three("ann"); });
  bob.start("bob", [&] { write_three("bob"); });
  cho.start("cho", [&] { write_three("cho"); });
  start.write_end.reset();
  reader.start("reader", [&] { print_journal(path); });
}

void journal(const Arguments& arguments) {
  require_both_ends();
  if (arguments.empty()) {
    const TemporaryDirectory directory;
    const std::string path = directory.path() / "journal";
    lab::make_journal(path);
    three_writers(path);
    return;
  }
  const bool reads = arguments.front() == "read";
  if (arguments.size() != 2 || (!reads && arguments.front() != "write")) {
    throw std::invalid_argument("journal read PATH, or journal write PATH");
  }
  const std::string& path = arguments.back();
  lab::make_journal(path);
  if (reads) {
    print_journal(path);
  } else {
    lab::JournalWriter writer(path);
    for (std::string line; std::getline(std::cin, line);) writer.append(line);
  }
}

// ------------------------------------------------------------------------------------------ part E

void exchange(const Arguments& arguments) {
  const std::size_t size = number(arguments, 1'000'000);
  const std::vector<std::byte> data = pattern(size);
  const auto talk = [&](const char* who, const UniqueFd& out, const UniqueFd& in) {
    const std::vector<std::byte> received = lab::exchange(out.get(), in.get(), data, size);
    std::printf("  %s: sent %zu bytes, received %zu, %s\n", who, size, received.size(),
                received == data ? "each in its place" : "NOT as they were sent");
  };
  Child child;
  Pipe there, back;
  child.start("child", [&] {
    there.write_end.reset();
    back.read_end.reset();
    talk("child", back.write_end, there.read_end);
  });
  there.read_end.reset();
  back.write_end.reset();
  talk("parent", there.write_end, back.read_end);
}

// -------------------------------------------------------------------------------------------------

struct Part {
  const char* name;
  const char* heading;
  void (*run)(const Arguments&);
};

constexpr Part parts[] = {
    {"stream", "Part A: all of it, however many calls it takes", stream},
    {"frames", "Part B: frames over a stream", frames},
    {"pipeline", "Part C: what a shell does", pipeline},
    {"journal", "Part D: many writers, one reader", journal},
    {"exchange", "Part E: both talk at once", exchange},
};

int usage() {
  std::fputs(
      "usage: demo [stream [BYTES] | frames [TEXT...] | pipeline COMMAND [:: COMMAND]... |\n"
      "             journal [read PATH | write PATH] | exchange [BYTES]]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // We want write(2) to say EPIPE, and not to be ended by a signal.
  const Arguments arguments(argv + 1, argv + argc);
  const std::string wanted = arguments.empty() ? "" : arguments.front();

  bool found = false;
  bool ok = true;
  for (const Part& part : parts) {
    if (!wanted.empty() && wanted != part.name) continue;
    found = true;
    std::printf("%s\n", part.heading);
    const Arguments rest(arguments.begin() + (wanted.empty() ? 0 : 1), arguments.end());
    ok &= completes(part.name, [&] { part.run(rest); });
  }
  if (!found) return usage();
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
