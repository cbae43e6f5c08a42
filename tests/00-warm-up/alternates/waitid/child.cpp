#include "child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "common/ipc/system_error.h"

namespace lab {

static int guarded(const std::function<int()>& body) noexcept { return body(); }

ExitStatus run_child(const std::function<int()>& body) {
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t child = ::fork();
  if (child < 0) throw ipc::SystemError("fork");
  if (!child) {
    const int value = guarded(body);
    std::fflush(stdout);
    ::_exit(value);
  }
  siginfo_t how{};
  while (::waitid(P_PID, static_cast<id_t>(child), &how, WEXITED) < 0) {
    if (errno != EINTR) throw ipc::SystemError("waitid");
  }
  // si_status is the exit status, or the signal: taken apart already.
  return {how.si_code == CLD_EXITED ? ExitStatus::How::exited : ExitStatus::How::signaled,
          how.si_status};
}

}  // namespace lab
