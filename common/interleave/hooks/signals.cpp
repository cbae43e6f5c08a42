/// Signals that the program sends, and the handlers that it sets.
/// @see signal(7), kill(2), sigaction(2)

#include "common/interleave/core/signals.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "common/interleave/core/descriptors.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/time.h"

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
  if (pid == me().pid && number != 0) return raise(number);
  const Inside engine;
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::kill, everything, PC);
  const std::uint32_t process = process_of(pid);
  const int result = real::kill(pid, number);
  const int error = errno;
  if (result == 0 && number != 0 && process != nobody) {
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
  if (number == 0) in_vain(everything, static_cast<std::uint64_t>(result));
  // What is blocked, and waited for in another way: by sigwait(3), or behind a descriptor.
  wake_everybody();
  errno = error;
  return result;
}

int raise(int number) noexcept {
  if (!engaged()) {
    return static_cast<int>(
        raw::call(SYS_tgkill, raw::call(SYS_getpid), raw::call(SYS_gettid), number));
  }
  me().path = path_to(PC);
  return static_cast<int>(raw::call(SYS_tgkill, me().pid, me().tid, number));
}

int pthread_kill(pthread_t thread, int number) noexcept {
  return real::pthread_kill(thread, number);
}

// Until a handler has run. Those that run before the call do not count: that is what sigsuspend(2),
// which lets signals through and waits in one, is there for.
static int suspend(const sigset_t* mask, const void* pc) {
  const std::uint32_t on = object_of({0, 6}, Kind::world);
  step(Op::pause, on, pc);
  const std::uint32_t so_far = handlers_run;
  sigset_t before;
  if (mask != nullptr) real::pthread_sigmask(SIG_SETMASK, mask, &before);
  if (me().signals != 0) handle_pending_signals();
  while (handlers_run == so_far) wait_for(Op::pause, on);
  if (mask != nullptr) real::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = EINTR;
  return -1;
}

int pause() {
  if (!engaged()) return static_cast<int>(raw::call(SYS_pause));
  const Inside engine;
  return suspend(nullptr, PC);
}

int sigsuspend(const sigset_t* mask) {
  if (!engaged()) return real::sigsuspend(mask);
  const Inside engine;
  return suspend(mask, PC);
}

// What was pending and is blocked no more is delivered at once, in the kernel; and then its handler
// is run here.
int pthread_sigmask(int how, const sigset_t* mask, sigset_t* old) noexcept {
  const int error = real::pthread_sigmask(how, mask, old);
  if (engaged() && me().signals != 0) {
    const Inside engine;
    handle_pending_signals();
  }
  return error;
}

int sigprocmask(int how, const sigset_t* mask, sigset_t* old) noexcept {
  const int error = pthread_sigmask(how, mask, old);
  if (error == 0) return 0;
  errno = error;
  return -1;
}

// @returns the signal, or -1 with errno
static int wait_for_signal(const sigset_t* set, siginfo_t* info, std::int64_t deadline,
                           const void* pc) {
  const std::uint32_t on = object_of({0, 6}, Kind::world);
  step(Op::pause, on, pc);
  const timespec none{0, 0};
  while (true) {
    const int signal = real::sigtimedwait(set, info, &none);
    if (signal > 0) {
      acquire(object_of({0, 0}, Kind::world));
      did(Op::pause, on, signal, true);
      return signal;
    }
    if (errno != EAGAIN && errno != EINTR) return -1;
    if (wait_for(Op::pause, on, deadline)) continue;
    errno = me().timed_out ? EAGAIN : EINTR;
    return -1;
  }
}

int sigtimedwait(const sigset_t* set, siginfo_t* info, const timespec* timeout) {
  if (!engaged()) return real::sigtimedwait(set, info, timeout);
  const Inside engine;
  return wait_for_signal(set, info, timeout == nullptr ? -1 : control->now + nanoseconds(*timeout),
                         PC);
}

int sigwaitinfo(const sigset_t* set, siginfo_t* info) {
  if (!engaged()) return real::sigtimedwait(set, info, nullptr);
  const Inside engine;
  return wait_for_signal(set, info, -1, PC);
}

int sigwait(const sigset_t* set, int* signal) {
  int found = -1;
  if (!engaged()) {
    found = real::sigtimedwait(set, nullptr, nullptr);
  } else {
    const Inside engine;
    found = wait_for_signal(set, nullptr, -1, PC);
  }
  if (found < 0) return errno;
  *signal = found;
  return 0;
}

int signalfd(int fd, const sigset_t* set, int flags) noexcept {
  const int result = real::signalfd(fd, set, flags);
  if (result >= 0 && fd < 0 && engaged()) {
    const Inside engine;
    made_descriptor(result);
    object_of({5, number_of(result)}, Kind::descriptor, signals_descriptor);
  }
  return result;
}

}  // extern "C"
