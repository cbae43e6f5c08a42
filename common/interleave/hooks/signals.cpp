/// Signals that the program sends, and the handlers that it sets.
/// @see signal(7), kill(2), sigaction(2)

#include "common/interleave/core/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"

using namespace interleave;

#define PC __builtin_return_address(0)

extern "C" {

int sigaction(int signal, const struct sigaction* action, struct sigaction* old) noexcept {
  if (control == nullptr) return real::sigaction(signal, action, old);
  return set_action(signal, action, old);
}

sighandler_t signal(int number, sighandler_t handler) noexcept {
  struct sigaction action {
  }, old{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  if (sigaction(number, &action, &old) != 0) return SIG_ERR;
  return old.sa_handler;
}

int kill(pid_t pid, int number) noexcept {
  if (!engaged()) return real::kill(pid, number);
  const Inside engine;
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::kill, everything, PC);
  const std::uint32_t process = process_of(pid);
  const int result = real::kill(pid, number);
  const int error = errno;
  if (result == 0 && process != nobody && process != me().process) {
    release(everything);
    if (number == SIGKILL) {
      bury(process, number);
    } else {
      // Until the kernel has delivered it: its handler is noted, or the process is gone.
      const std::int32_t main = control->process[process].pid;
      signal_delivered(process, main, number);
    }
  }
  did(Op::kill, everything, number, true);
  errno = error;
  return result;
}

int raise(int number) noexcept {
  if (!engaged()) {
    return static_cast<int>(
        raw::call(SYS_tgkill, raw::call(SYS_getpid), raw::call(SYS_gettid), number));
  }
  return static_cast<int>(raw::call(SYS_tgkill, me().pid, me().tid, number));
}

int pthread_kill(pthread_t thread, int number) noexcept {
  return real::pthread_kill(thread, number);
}

int pause() {
  if (!engaged()) return static_cast<int>(raw::call(SYS_pause));
  const Inside engine;
  const std::uint32_t on = object_of({0, 6}, Kind::world);
  step(Op::pause, on, PC);
  while (!me().interrupted) wait_for(Op::pause, on);
  errno = EINTR;
  return -1;
}

}  // extern "C"
