#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace {

/// The array that exec wants, with the words in one block of memory.
class ArgumentList {
 public:
  explicit ArgumentList(const lab::Command& command) {
    for (const std::string& word : command) text_.append(word).push_back('\0');
    char* next = text_.data();
    for (const std::string& word : command) {
      words_.push_back(next);
      next += word.size() + 1;
    }
    words_.push_back(nullptr);
  }
  ArgumentList(const ArgumentList&) = delete;
  ArgumentList& operator=(const ArgumentList&) = delete;
  char** words() { return words_.data(); }

 private:
  std::string text_;
  std::vector<char*> words_;
};

/// Between two stages: the end that the left one writes to, the end that the right one reads.
struct Joint {
  ipc::UniqueFd left, right;

  static Joint make() {
    // Whatever of 0 to 2 is free is used up first, and set free again at the end.
    std::vector<ipc::UniqueFd> too_low;
    for (;;) {
      int ends[2];
      if (::pipe2(ends, O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
      ipc::UniqueFd right(ends[0]), left(ends[1]);
      if (ends[0] > 2 && ends[1] > 2) {
        Joint joint;
        joint.left = std::move(left);
        joint.right = std::move(right);
        return joint;
      }
      too_low.push_back(std::move(left));
      too_low.push_back(std::move(right));
    }
  }
};

[[noreturn]] void live_as(char** words, const ipc::UniqueFd& input, const ipc::UniqueFd& output) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigprocmask(SIG_SETMASK, &action.sa_mask, nullptr);  // Which is empty.
  if (input) ::dup2(input.get(), STDIN_FILENO);
  if (output) ::dup2(output.get(), STDOUT_FILENO);
  ::execvp(*words, words);
  ::_exit(errno == ENOENT ? 127 : 126);
}

int reap(pid_t child) {
  int status = 0;
  struct rusage usage;
  for (;;) {
    if (::wait4(child, &status, 0, &usage) == child) break;
    if (errno != EINTR) throw ipc::SystemError("wait4");
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) + 128 : WEXITSTATUS(status);
}

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  const std::size_t count = stages.size();
  if (count == 0) throw std::invalid_argument("stages");
  std::vector<std::unique_ptr<ArgumentList>> lists;
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("command");
    lists.push_back(std::make_unique<ArgumentList>(command));
  }

  std::vector<int> statuses(count);
  std::vector<pid_t> children(count);
  std::size_t started = 0;
  int error = 0;
  try {
    // All joints at once. joints[i] is what stage i reads from; none for the first, and one too
    // many at the end, which stands for the caller's standard output.
    std::vector<Joint> joints(count + 1);
    for (std::size_t i = 1; i < count; ++i) joints[i] = Joint::make();
    for (; started < count && error == 0; ++started) {
      Joint& before = joints[started];
      Joint& after = joints[started + 1];
      const pid_t child = ::fork();
      if (child == 0) live_as(lists[started]->words(), before.right, after.left);
      if (child < 0) {
        error = errno;
        break;
      }
      children[started] = child;
      before.right.reset();
      after.left.reset();
    }
  } catch (const ipc::SystemError& e) {
    error = e.error();
  }
  for (std::size_t i = 0; i < started; ++i) statuses[i] = reap(children[i]);
  if (error != 0) throw ipc::SystemError("run_pipeline", error);
  return statuses;
}
