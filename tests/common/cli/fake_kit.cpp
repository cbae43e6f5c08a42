#include "tests/common/cli/fake_kit.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace fake {

namespace {

constexpr int patience_milliseconds = 30'000;

const std::string program = std::string(IPCLAB_KIT_DIR) + "/bin/ipclab";
const std::string recordings = std::string(IPCLAB_SOURCE_DIR) + "/tests/common/report/golden";

[[noreturn]] void exec_command(const fs::path& directory, std::vector<std::string>& arguments,
                               const Setting& setting) {
  // What the machine that runs the tests happens to have set must not show in them.
  for (const char* name : {"MAKELEVEL", "NO_COLOR", "IPCLAB_KIT", "COLUMNS"}) ::unsetenv(name);
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  if (setting.ignored_signal != 0) std::signal(setting.ignored_signal, SIG_IGN);
  ::setenv("TERM", "xterm-256color", 1);
  for (const auto& [name, value] : setting.environment) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  if (::chdir(directory.c_str()) != 0) ::_exit(126);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

/// Adds what there is to `text`. @returns false at the end.
bool take(int fd, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;  // a terminal whose other end has gone gives EIO
}

}  // namespace

Scratch::Scratch() {
  std::string name = (fs::temp_directory_path() / "ipclab-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = fs::canonical(name);
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Session::Session(const fs::path& directory, std::vector<std::string> arguments,
                 const Setting& setting) {
  arguments.insert(arguments.begin(), program);
  if (setting.terminal) {
    int terminal = -1;
    winsize size{.ws_row = 40, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
    pid_ = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (pid_ == 0) exec_command(directory, arguments, setting);
    out_.reset(terminal);
    return;
  }
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  out_.reset(out[0]);
  err_.reset(err[0]);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    exec_command(directory, arguments, setting);
  }
  ::close(out[1]);
  ::close(err[1]);
}

Session::~Session() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Session::read_some() {
  std::array<pollfd, 2> waits{pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
  const int ready = ::poll(waits.data(), waits.size(), patience_milliseconds);
  if (ready <= 0) {
    throw std::runtime_error("nothing came for 30 seconds after: " + out_text_ + err_text_);
  }
  if (waits[0].revents != 0 && !take(out_.get(), out_text_)) out_.reset();
  if (waits[1].revents != 0 && !take(err_.get(), err_text_)) err_.reset();
  return out_ || err_;
}

void Session::expect(const std::string& text) {
  while (true) {
    const std::size_t in_out = out_text_.find(text, seen_out_);
    if (in_out != std::string::npos) {
      seen_out_ = in_out + text.size();
      return;
    }
    const std::size_t in_err = err_text_.find(text, seen_err_);
    if (in_err != std::string::npos) {
      seen_err_ = in_err + text.size();
      return;
    }
    if (!read_some()) {
      throw std::runtime_error("it ended without '" + text + "', after: " + out_text_ + err_text_);
    }
  }
}

void Session::signal(int number) { ::kill(pid_, number); }

Outcome Session::wait() {
  while (read_some()) continue;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = true;
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out_text_, err_text_};
}

Kit::Kit() {
  write(root() / "kit.json",
        R"({"compiler": "/usr/bin/env", "plain": {"compile": [], "link": ["/usr/bin/env"]},
            "sanitized": {"compile": [], "link": []},
                  "interleaved": {"compile": [], "link": []}})");
  write(root() / "01-pipe" / "lab.json",
        R"({"title": "Pipes: a stream of bytes", "files": ["stream.cpp", "pipeline.cpp"],
            "parts": [{"letter": "A", "title": "Write all of it, read all of it"},
                      {"letter": "C", "title": "What a shell does with ls | wc -l"}]})");
  write(root() / "01-pipe" / "hints.json",
        R"({"ReadFull.SurvivesShortReadsAndSignals": ["Look at `errno`.", "It is EINTR.", "Again!"],
            "Pipeline.EndsWhenItShould": ["Who holds the other end?"],
            "Pipeline.KeepsNoDescriptor": ["Close it."]})");
  write(root() / "02-message-queues" / "lab.json",
        R"({"title": "Message queues: structured packets", "files": ["mailbox.cpp"],
            "parts": [{"letter": "A", "title": "A mailbox"}]})");
  replay("01-pipe", "mixed");
  replay("02-message-queues", "full");
  write(labs() / "01-pipe" / "stream.cpp", "// the student's\n");
  write(labs() / "02-message-queues" / "mailbox.cpp", "// the student's\n");
}

void Kit::set_judge(const std::string& lab, const std::string& script) const {
  const fs::path file = root() / lab / "judge";
  // Another name first: a script that is being run must not change under its shell.
  const fs::path next = root() / lab / "judge.new";
  write(next, "#!/bin/sh\nrecordings='" + recordings + "'\nreplay() { sed \"s/01-pipe/" + lab +
                  "/\" \"$recordings/$1.jsonl\" >&3; }\n" + script);
  fs::permissions(next, fs::perms::owner_all);
  fs::rename(next, file);
}

void Kit::replay(const std::string& lab, const std::string& recording) const {
  set_judge(lab, "replay " + recording + "\n");
}

Outcome Kit::run(std::vector<std::string> arguments, Setting setting) const {
  return start(std::move(arguments), std::move(setting))->wait();
}

std::unique_ptr<Session> Kit::start(std::vector<std::string> arguments, Setting setting) const {
  setting.environment.emplace("IPCLAB_KIT", root().string());
  return std::make_unique<Session>(home(), std::move(arguments), setting);
}

}  // namespace fake
