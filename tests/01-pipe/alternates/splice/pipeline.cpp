#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace {

/// One end of a pipe, at a number above 2, that exec closes.
ipc::UniqueFd tidy(int fd) {
  ipc::UniqueFd end(fd);
  if (fd > 2) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) throw ipc::SystemError("fcntl");
    return end;
  }
  ipc::UniqueFd above(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!above) throw ipc::SystemError("fcntl");
  return above;
}

class Pipeline {
 public:
  ~Pipeline() { wait(); }

  void start(const lab::Command& command, bool last) {
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.data()));
    words.push_back(nullptr);

    ipc::UniqueFd output;
    ipc::UniqueFd next_input;
    if (!last) {
      std::array<int, 2> ends;
      if (::pipe(ends.data()) < 0) throw ipc::SystemError("pipe");
      output.reset(ends[1]);  // So that it is closed if the next line throws.
      next_input = tidy(ends[0]);
      output = tidy(output.release());
    }
    children_.reserve(children_.size() + 1);
    const pid_t child = ::fork();
    if (child < 0) throw ipc::SystemError("fork");
    if (child == 0) {
      ::signal(SIGPIPE, SIG_DFL);
      sigset_t all;
      ::sigfillset(&all);
      ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
      if (input_) ::dup3(input_.get(), STDIN_FILENO, 0);
      if (output) ::dup3(output.get(), STDOUT_FILENO, 0);
      ::execvp(words.front(), words.data());
      ::_exit(errno == ENOENT ? 127 : 126);
    }
    children_.push_back(child);
    input_ = std::move(next_input);
  }

  std::vector<int> wait() {
    input_.reset();  // After a failure this may still be a read end that a stage writes to.
    std::vector<int> statuses;
    for (const pid_t child : children_) {
      int status;
      pid_t who;
      do who = ::waitpid(child, &status, 0);
      while (who < 0 && errno == EINTR);
      statuses.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    children_.clear();
    return statuses;
  }

 private:
  ipc::UniqueFd input_;
  std::vector<pid_t> children_;
};

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  if (stages.empty()) throw std::invalid_argument("no commands");
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("command without a name");
  }
  Pipeline pipeline;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    pipeline.start(stages[i], i + 1 == stages.size());
  }
  return pipeline.wait();
}
