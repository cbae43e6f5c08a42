#include "common/cli/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include "common/cli/exit_status.h"
#include "common/ipc/system_error.h"

namespace cli {

Signals::Signals() {
  // A parent that ignores SIGCHLD hands that on, and then children cannot be waited for.
  std::signal(SIGCHLD, SIG_DFL);
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGWINCH}) {
    // What our caller ignores for us (nohup, a shell's `&`) stays ignored. A blocked signal would
    // arrive all the same.
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) ::sigaddset(&signals, signal);
  }
  ::sigprocmask(SIG_BLOCK, &signals, &previous_);
  fd_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_) throw ipc::SystemError("signalfd");
}

Signals::~Signals() { ::sigprocmask(SIG_SETMASK, &previous_, nullptr); }

std::optional<int> Signals::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void Signals::check() const {
  while (const std::optional<int> signal = next()) {
    if (*signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP) throw Interrupted(*signal);
  }
}

void Signals::restore_defaults() noexcept {
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace cli
