#include "child.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "common/ipc/system_error.h"

namespace lab {

namespace {

struct Child {
  pid_t pid;
  int status = 0;

  void wait() {
    while (::waitpid(pid, &status, 0) != pid) {
      if (errno != EINTR) throw ipc::SystemError("waitpid");
    }
  }
};

[[noreturn]] void run(const std::function<int()>& body) noexcept {
  const int value = body();
  std::fflush(nullptr);
  ::_Exit(value);
}

}  // namespace

ExitStatus run_child(const std::function<int()>& body) {
  std::fflush(nullptr);
  Child child{::fork()};
  if (child.pid < 0) throw ipc::SystemError("fork");
  if (child.pid == 0) run(body);
  child.wait();
  return WIFEXITED(child.status) ? ExitStatus{ExitStatus::How::exited, WEXITSTATUS(child.status)}
                                 : ExitStatus{ExitStatus::How::signaled, WTERMSIG(child.status)};
}

}  // namespace lab
