#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "common/ipc/system_error.h"

lab::ExitStatus lab::run_child(const std::function<int()>& body) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == -1) throw ipc::SystemError("fork");
  if (pid == 0) {
    int value = 0;
    try {
      value = body();
    } catch (...) {
      abort();
    }
    fflush(stdout);
    _exit(value);
  }
  int status;
  pid_t got;
  do {
    got = wait4(pid, &status, 0, nullptr);
  } while (got == -1 && errno == EINTR);
  if (got == -1) throw ipc::SystemError("wait4");
  ExitStatus result{};
  if (WIFEXITED(status)) {
    result.how = ExitStatus::How::exited;
    result.number = WEXITSTATUS(status);
  } else {
    result.how = ExitStatus::How::signaled;
    result.number = WTERMSIG(status);
  }
  return result;
}
