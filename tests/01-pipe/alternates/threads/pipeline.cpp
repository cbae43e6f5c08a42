#include "pipeline.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <system_error>

#include "calls.h"
#include "common/ipc/unique_fd.h"

namespace {

using ipc::UniqueFd;

/// What exec needs, made before there is a second thread: the child of a fork with several threads
/// may not allocate.
struct Program {
  explicit Program(const lab::Command& command) {
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
  }
  std::vector<char*> words;
  UniqueFd input, output;
};

UniqueFd not_a_standard_stream(UniqueFd fd) {
  return fd.get() > 2 ? std::move(fd)
                      : UniqueFd(call("fcntl", ::fcntl, fd.get(), F_DUPFD_CLOEXEC, 3));
}

/// Runs in the thread of one stage, with its ends; says when it has been started, or has failed to.
int run(Program program, std::promise<void> started) {
  pid_t child = -1;
  try {
    child = call("fork", ::fork);
  } catch (...) {
    started.set_exception(std::current_exception());
    return -1;
  }
  if (child == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    if (program.input) ::dup2(program.input.get(), 0);
    if (program.output) ::dup2(program.output.get(), 1);
    ::execvp(program.words[0], program.words.data());
    ::_exit(errno == ENOENT ? 127 : 126);
  }
  program.input.reset();
  program.output.reset();
  started.set_value();
  int status = 0;
  call("waitpid", ::waitpid, child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::vector<int> lab::run_pipeline(const std::vector<Command>& stages) {
  std::vector<Program> programs;
  for (const Command& command : stages) {
    if (command.empty()) throw std::invalid_argument("empty command");
    programs.emplace_back(command);
  }
  if (programs.empty()) throw std::invalid_argument("empty pipeline");
  for (std::size_t i = 1; i < programs.size(); ++i) {
    int ends[2];
    call("pipe2", ::pipe2, ends, O_CLOEXEC);
    UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    programs[i].input = not_a_standard_stream(std::move(read_end));
    programs[i - 1].output = not_a_standard_stream(std::move(write_end));
  }

  // A future of std::async waits for its thread when it goes, and the thread for its stage.
  std::vector<std::future<int>> running;
  try {
    for (Program& program : programs) {
      std::promise<void> promise;
      std::future<void> started = promise.get_future();
      running.push_back(
          std::async(std::launch::async, run, std::move(program), std::move(promise)));
      started.get();
    }
  } catch (const std::system_error& error) {
    programs.clear();  // The ends of the stages that were not started: now those that run can end.
    throw ipc::SystemError("pthread_create", error.code().value());
  } catch (...) {
    programs.clear();
    throw;
  }
  std::vector<int> statuses;
  for (std::future<int>& stage : running) statuses.push_back(stage.get());
  return statuses;
}
