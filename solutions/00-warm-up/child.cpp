#include "child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

// The child's whole life. noexcept: an exception must not find its way into the caller's code,
// which the child has a copy of; std::terminate ends it with SIGABRT, as at the end of any main.
[[noreturn]] void live(const std::function<int()>& body) noexcept {
  const int status = body();
  // What the child has printed lies in its copy of the buffers. _exit drops them, and exit(3) would
  // write them but also run the caller's atexit handlers, which are the caller's to run.
  std::fflush(nullptr);
  ::_exit(status);
}

}  // namespace

ExitStatus run_child(const std::function<int()>& body) {
  // fork copies the buffers of stdio as well: text that still lies there would be printed twice.
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw ipc::SystemError("fork");
  if (child == 0) live(body);

  // Until somebody has asked how it ended, a child that has ended stays: a zombie. And of this
  // child, not of any: wait(2) could take away the status of one that somebody else waits for.
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw ipc::SystemError("waitpid");
  }
  // 256 and 9 are statuses as waitpid gives them, of exit(1) and of SIGKILL: macros take them
  // apart.
  if (WIFSIGNALED(status)) return {ExitStatus::How::signaled, WTERMSIG(status)};
  return {ExitStatus::How::exited, WEXITSTATUS(status)};
}

}  // namespace lab
