#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <stdexcept>
#include <utility>

#include "common/ipc/unique_fd.h"
#include "ready.h"

namespace {

using ipc::UniqueFd;

struct Stage {
  pid_t child = -1;
  int status = -1;
};

/// A pipe above the standard descriptors, whatever of them is free.
std::pair<UniqueFd, UniqueFd> pipe_above_2() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) throw ipc::SystemError("pipe2");
  std::pair<UniqueFd, UniqueFd> low{UniqueFd(ends[0]), UniqueFd(ends[1])};
  for (UniqueFd* end : {&low.first, &low.second}) {
    if (end->get() > 2) continue;
    const int above = ::fcntl(end->get(), F_DUPFD_CLOEXEC, 3);
    if (above < 0) throw ipc::SystemError("fcntl");
    end->reset(above);
  }
  return low;
}

[[noreturn]] void exec(const char* const* words, int input, int output) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  for (const auto& [from, to] : {std::pair{input, 0}, std::pair{output, 1}}) {
    if (from >= 0 && ::dup2(from, to) < 0) ::_exit(126);
  }
  ::execvp(words[0], const_cast<char* const*>(words));
  ::_exit(errno == ENOENT ? 127 : 126);
}

void start(std::vector<Stage>& stages, const std::vector<lab::Command>& commands) {
  UniqueFd input;
  for (const lab::Command& command : commands) {
    std::vector<const char*> words;
    for (const std::string& word : command) words.push_back(word.c_str());
    words.push_back(nullptr);

    std::pair<UniqueFd, UniqueFd> next;
    if (&command != &commands.back()) next = pipe_above_2();
    const pid_t child = ::fork();
    if (child < 0) throw ipc::SystemError("fork");
    if (child == 0) exec(words.data(), input.get(), next.second.get());
    stages.push_back({child, -1});
    input = std::move(next.first);
  }
}

void wait_for_all(std::vector<Stage>& stages) {
  for (Stage& stage : stages) {
    siginfo_t end = {};
    while (::waitid(P_PID, static_cast<id_t>(stage.child), &end, WEXITED) < 0) {
      if (errno != EINTR) throw ipc::SystemError("waitid");
    }
    stage.status = end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
  }
}

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  if (stages.empty()) throw std::invalid_argument("no stage");
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("an empty command");
  }
  std::vector<Stage> started;
  started.reserve(stages.size());
  try {
    start(started, stages);
  } catch (...) {
    wait_for_all(started);
    throw;
  }
  wait_for_all(started);
  std::vector<int> statuses;
  for (const Stage& stage : started) statuses.push_back(stage.status);
  return statuses;
}
