#include "child.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>

#include "common/ipc/system_error.h"

namespace lab {

ExitStatus run_child(const std::function<int()>& body) {
  // SIGCHLD stays blocked while we wait: a handler of the caller's runs afterwards.
  sigset_t child_signals, before;
  sigemptyset(&child_signals);
  sigaddset(&child_signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_signals, &before);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &before, nullptr);
    try {
      const int value = body();
      std::fflush(nullptr);
      _exit(value);
    } catch (...) {
      std::terminate();
    }
  }
  const int error = errno;
  int status = 0;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) throw ipc::SystemError("fork", error);
  const bool signaled = WIFSIGNALED(status);
  return {signaled ? ExitStatus::How::signaled : ExitStatus::How::exited,
          signaled ? WTERMSIG(status) : WEXITSTATUS(status)};
}

}  // namespace lab
