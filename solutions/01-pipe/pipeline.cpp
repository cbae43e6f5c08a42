#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace lab {
namespace {

using ipc::SystemError;
using ipc::UniqueFd;

// What a shell reports for a command that could not become a program (bash(1), "EXIT STATUS").
constexpr int cannot_execute = 126;
constexpr int not_found = 127;
constexpr int ended_by_signal = 128;

/// Moves a descriptor out of the range 0 to 2, where the stages' own input and output belong.
///
/// A caller may run with its standard input closed, as a daemon does; pipe(2) then hands out 0. If
/// that were left there, the dup2(2) of one end would overwrite the other, and dup2(0, 0) would do
/// nothing at all, not even clear O_CLOEXEC: exec would close the end that the stage needs.
UniqueFd above_standard_streams(UniqueFd fd) {
  if (fd.get() > STDERR_FILENO) return fd;
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) throw SystemError("fcntl");
  return moved;
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  int ends[2];
  // O_CLOEXEC: each stage closes every end that it was not given as 0 or 1, by itself and at exec.
  // One forgotten write end in any stage, and the reader behind it would never see the end of its
  // input; one forgotten read end, and `yes` would go on writing after `head` has left.
  if (::pipe2(ends, O_CLOEXEC) < 0) throw SystemError("pipe2");
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  pipe.read_end = above_standard_streams(std::move(pipe.read_end));
  pipe.write_end = above_standard_streams(std::move(pipe.write_end));
  return pipe;
}

/// Makes `fd` the descriptor `target` as well; -1 leaves the caller's own stream in place.
/// The copy is not closed at exec: dup2(2) does not copy O_CLOEXEC.
bool redirect(int fd, int target) {
  if (fd < 0) return true;
  int result;
  do {
    result = ::dup2(fd, target);
  } while (result < 0 && errno == EINTR);
  return result >= 0;
}

/// The child's way from fork to exec. It must never return: there would be two processes running
/// the caller's code. If the caller has threads, one of them may have held malloc's lock at the
/// moment of fork and nobody in the child will release it: so there is no allocation here, nor
/// anything else that signal-safety(7) does not list.
[[noreturn]] void become(char* const* arguments, int input, int output) {
  // An ignored signal stays ignored across exec, and so does a blocked one. The caller has reasons
  // to ignore SIGPIPE, but the stages need it: it is what ends `yes` in `yes | head -n 1`.
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  if (redirect(input, STDIN_FILENO) && redirect(output, STDOUT_FILENO)) {
    ::execvp(arguments[0], arguments);
  }
  // _exit and not exit: the caller's buffers and atexit handlers were copied by fork along with the
  // rest of its memory, and they are the caller's to run, once.
  ::_exit(errno == ENOENT ? not_found : cannot_execute);
}

/// Starts one stage; `input` and `output` are -1 where it uses the caller's own.
pid_t start(const Command& command, int input, int output) {
  // exec wants an array of pointers that ends with a null pointer. Made before fork, because the
  // child must not allocate. (exec takes `char*` for historical reasons and changes nothing.)
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) throw SystemError("fork");
  if (child == 0) become(arguments.data(), input, output);
  return child;
}

/// Starts all stages, from the first to the last, without waiting for any: a stage that fills its
/// pipe (64 KiB) sleeps until the next one reads, so the next one must already be running.
///
/// At any time the caller holds the ends around one stage only. All of them are closed when this
/// returns, and as well when it throws half-way.
void start_all(const std::vector<Command>& stages, std::vector<pid_t>& children) {
  UniqueFd input;  // Where the next stage reads: none for the first, which reads the caller's.
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const bool last = i + 1 == stages.size();
    Pipe next = last ? Pipe{} : make_pipe();
    children.push_back(start(stages[i], input.get(), next.write_end.get()));

    // The stage has its own copies now. Our copy of the read end it reads from goes here: as long
    // as we held it, the stage before would not get SIGPIPE when this one leaves. Our copy of the
    // write end goes with `next`, at the end of this round: as long as we held it, the stage after
    // would wait for an end of input that cannot come, and we would wait for that stage.
    input = std::move(next.read_end);
  }
}

int status_of(pid_t child) {
  int status = 0;
  // waitpid(2) is interrupted by every signal that the caller handles: the child runs on and is
  // still ours to wait for.
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw SystemError("waitpid");
  }
  return WIFSIGNALED(status) ? ended_by_signal + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Waits for every child: one that nobody waits for stays in the process table as a zombie.
std::vector<int> wait_for(const std::vector<pid_t>& children) {
  std::vector<int> statuses;
  statuses.reserve(children.size());
  for (const pid_t child : children) statuses.push_back(status_of(child));
  return statuses;
}

}  // namespace

std::vector<int> run_pipeline(const std::vector<Command>& stages) {
  // Looked at before anything is started: it is easier not to begin than to stop half-way.
  if (stages.empty()) throw std::invalid_argument("a pipeline needs a command");
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("a command needs a name");
  }

  std::vector<pid_t> children;
  children.reserve(stages.size());  // So that no push_back can fail and lose a child just started.
  try {
    start_all(stages, children);
  } catch (...) {
    // The ends are closed already, so that what was started ends by itself: its readers see the end
    // of their input, its writers SIGPIPE. Only then may we wait.
    wait_for(children);
    throw;
  }
  return wait_for(children);
}

}  // namespace lab
