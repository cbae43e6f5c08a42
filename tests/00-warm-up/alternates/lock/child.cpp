#include "child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "common/ipc/system_error.h"

namespace {

// Ends the child by quick_exit(3), which runs no handler of atexit(3).
void live(const std::function<int()>& body) noexcept {
  const int value = body();
  std::fflush(nullptr);
  std::quick_exit(value);
}

}  // namespace

namespace lab {

ExitStatus run_child(const std::function<int()>& body) {
  std::fflush(nullptr);
  switch (const pid_t child = fork()) {
    case -1:
      throw ipc::SystemError("fork");
    case 0:
      live(body);
      std::abort();
    default:
      for (int status = 0;;) {
        if (waitpid(child, &status, 0) == child) {
          if (WIFEXITED(status)) return {ExitStatus::How::exited, WEXITSTATUS(status)};
          return {ExitStatus::How::signaled, WTERMSIG(status)};
        }
        if (errno != EINTR) throw ipc::SystemError("waitpid");
      }
  }
}

}  // namespace lab
