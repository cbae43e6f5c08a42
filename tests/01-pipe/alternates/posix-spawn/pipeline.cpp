#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <variant>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace {

using ipc::UniqueFd;

void check(const char* call, int error) {
  if (error != 0) throw ipc::SystemError(call, error);
}

/// What the child does between its birth and the program.
class Actions {
 public:
  Actions() { check("posix_spawn_file_actions_init", ::posix_spawn_file_actions_init(&actions_)); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }

  void redirect(const UniqueFd& from, int to) {
    if (!from) return;
    check("posix_spawn_file_actions_adddup2",
          ::posix_spawn_file_actions_adddup2(&actions_, from.get(), to));
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// How the child's signals are: SIGPIPE as it comes, and none blocked.
class Attributes {
 public:
  Attributes() {
    check("posix_spawnattr_init", ::posix_spawnattr_init(&attributes_));
    sigset_t set;
    ::sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes_, &set);
    ::sigaddset(&set, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &set);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

struct NeverRan {
  int status;
};
using Stage = std::variant<pid_t, NeverRan>;

Stage spawn(const lab::Command& command, const UniqueFd& input, const UniqueFd& output) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  Actions actions;
  actions.redirect(input, STDIN_FILENO);
  actions.redirect(output, STDOUT_FILENO);
  const Attributes attributes;

  pid_t child = 0;
  switch (const int error = ::posix_spawnp(&child, words[0], actions.get(), attributes.get(),
                                           words.data(), environ)) {
    case 0:
      return child;
    case ENOENT:
      return NeverRan{127};
    case EAGAIN:
    case ENOMEM:  // No process could be had.
      throw ipc::SystemError("posix_spawnp", error);
    default:
      return NeverRan{126};
  }
}

int status_of(const Stage& stage) {
  if (const auto* never = std::get_if<NeverRan>(&stage)) return never->status;
  int status = 0;
  while (::waitpid(std::get<pid_t>(stage), &status, 0) == -1) {
    if (errno != EINTR) throw ipc::SystemError("waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A descriptor above 2 for the same end, whichever number pipe2(2) has found free.
UniqueFd lifted(UniqueFd low) {
  if (low.get() > STDERR_FILENO) return low;
  UniqueFd high(::fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  return high ? std::move(high) : throw ipc::SystemError("fcntl");
}

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  if (stages.empty()) throw std::invalid_argument("run_pipeline: no stages");
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("run_pipeline: a stage of no words");
  }

  // All pipes first: then there is nothing to be undone if one cannot be had.
  std::vector<UniqueFd> inputs(stages.size()), outputs(stages.size());
  for (std::size_t i = 1; i < stages.size(); ++i) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == -1) throw ipc::SystemError("pipe2");
    UniqueFd read_end(ends[0]), write_end(ends[1]);
    inputs[i] = lifted(std::move(read_end));
    outputs[i - 1] = lifted(std::move(write_end));
  }

  std::vector<Stage> started;
  started.reserve(stages.size());
  std::vector<int> statuses;
  statuses.reserve(stages.size());
  const auto finish = [&] {
    inputs.clear();
    outputs.clear();
    for (const Stage& stage : started) statuses.push_back(status_of(stage));
  };
  try {
    for (std::size_t i = 0; i < stages.size(); ++i) {
      started.push_back(spawn(stages[i], inputs[i], outputs[i]));
    }
  } catch (...) {
    finish();
    throw;
  }
  finish();
  return statuses;
}
