#include "common/interleave/core/signals.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"

namespace interleave {

thread_local std::uint32_t handlers_run = 0;
thread_local bool call_goes_on = false;

namespace {

// What the program believes to be set.
struct sigaction actions[64];

void run(int signal, siginfo_t* info, void* context) {
  const struct sigaction& action = actions[signal];
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN) {
    action.sa_handler(signal);
  }
}

// In place of every handler of the program.
void arrive(int signal, siginfo_t* info, void* context) {
  if (control == nullptr || self == nobody) return run(signal, info, context);
  if (control->holder == self && inside == 0) return run(signal, info, context);
  __atomic_fetch_or(&me().signals, 1U << (signal & 31), __ATOMIC_SEQ_CST);
}

// Ends this process as if nobody had watched. (signal(2) is ours, and would go on to watch.)
void end_by_default(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  real::sigaction(signal, &action, nullptr);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  real::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raw::call(SYS_tgkill, raw::call(SYS_getpid), raw::call(SYS_gettid), signal);
}

// A signal that ends the program: a finding, with the place.
void die(int signal, siginfo_t*, void* context) {
  if (control == nullptr || self == nobody || control->holder != self) {
    return end_by_default(signal);
  }
  Inside engine;
  Verdict& verdict = control->verdict;
  verdict.thread = self;
  verdict.status = signal;
  // abort(3) and failed assertions come from within libc: the path says where that was called.
  const auto* machine = static_cast<ucontext_t*>(context);
  verdict.path = path_to(reinterpret_cast<void*>(machine->uc_mcontext.gregs[REG_RIP]));
  finish(Outcome::crash);
}

// A signal that ends the process, as children may be meant to end; the program itself is not.
void end(int signal, siginfo_t*, void*) {
  if (control != nullptr && self != nobody && control->holder == self) {
    Inside engine;
    if (me().process == 0) {
      control->verdict.thread = self;
      control->verdict.status = signal;
      control->verdict.path = me().path;
      finish(Outcome::crash);
    }
    Process& process = control->process[me().process];
    process.end_thread = self;
    process.end_path = me().path;
    end_process(signal);
  }
  end_by_default(signal);
}

constexpr int crashing[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
constexpr int ending[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGPIPE, SIGALRM, SIGTERM,
                          SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGIO};

// What is really set where the program has set nothing: 0 if nothing is.
void (*by_default(int signal))(int, siginfo_t*, void*) {
  for (const int one : crashing) {
    if (one == signal) return die;
  }
  for (const int one : ending) {
    if (one == signal) return end;
  }
  return nullptr;
}

}  // namespace

void handle_pending_signals() {
  call_goes_on = true;
  while (const std::uint32_t pending = __atomic_exchange_n(&me().signals, 0U, __ATOMIC_SEQ_CST)) {
    for (int signal = 1; signal < 32; ++signal) {
      if ((pending & 1U << signal) == 0) continue;
      // What went before kill(2), or before the end of a child, happened before its handler.
      const std::uint32_t everything = object_of({0, 0}, Kind::world);
      acquire(everything);
      if (signal == SIGCHLD) acquire(object_of({3, me().process}, Kind::process));
      did(Op::handler, everything, signal, false);
      const std::uint32_t was_inside = inside;
      inside = 0;
      siginfo_t info{};
      info.si_signo = signal;
      call_goes_on = call_goes_on && (actions[signal].sa_flags & SA_RESTART) != 0;
      ++handlers_run;
      run(signal, &info, nullptr);
      inside = was_inside;
    }
  }
}

int set_action(int signal, const struct sigaction* action, struct sigaction* old) {
  if (signal <= 0 || signal >= 64) return real::sigaction(signal, action, old);
  const struct sigaction before = actions[signal];
  if (action != nullptr) {
    struct sigaction really = *action;
    const bool has_handler = (action->sa_flags & SA_SIGINFO) != 0 ||
                             (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
    const bool is_default = !has_handler && action->sa_handler == SIG_DFL;
    if (has_handler) {
      really.sa_sigaction = arrive;
      really.sa_flags |= SA_SIGINFO;
    } else if (is_default && by_default(signal) != nullptr) {
      really.sa_sigaction = by_default(signal);
      really.sa_flags |= SA_SIGINFO;
    }
    if (const int result = real::sigaction(signal, &really, nullptr); result != 0) return result;
    actions[signal] = *action;
  }
  if (old != nullptr) *old = before;
  return 0;
}

void watch_ending_signals() {
  const auto watch = [](int signal) {
    struct sigaction action {};
    action.sa_sigaction = by_default(signal);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    real::sigaction(signal, &action, nullptr);
  };
  for (const int signal : crashing) watch(signal);
  for (const int signal : ending) watch(signal);
}

void signal_delivered(std::uint32_t process, int pid, int signal) {
  // The kernel delivers it when the process is next scheduled to user mode: its threads wait in a
  // futex, and are woken by it. What the process thinks of it stands in /proc.
  char name[40];
  std::snprintf(name, sizeof name, "/proc/%d/status", pid);
  for (int look = 0; look < 10'000; ++look) {
    char text[4096];
    const long fd = raw::call(SYS_open, name, O_RDONLY, 0);
    if (fd < 0) return bury(process, signal);
    const long size = raw::call(SYS_read, fd, text, sizeof text - 1);
    raw::call(SYS_close, fd);
    if (size <= 0) return bury(process, signal);
    text[size] = 0;
    const char* state = std::strstr(text, "State:");
    if (state != nullptr && (state[7] == 'Z' || state[7] == 'X')) return bury(process, signal);
    const auto has = [&](const char* key) {
      const char* at = std::strstr(text, key);
      return at != nullptr && (std::strtoull(at + 8, nullptr, 16) >> (signal - 1) & 1) != 0;
    };
    const bool pending = has("SigPnd:\t") || has("ShdPnd:\t");
    const bool caught = has("SigCgt:\t");
    if (has("SigBlk:\t") || has("SigIgn:\t")) return;
    if (!pending && !caught) {
      // Neither held nor caught: by default it ends the process, or is ignored.
      if (signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT) return;
      if (signal == SIGSTOP || signal == SIGTSTP) return;
    }
    if (caught && !pending) {
      for (std::uint32_t i = 0; i < control->threads; ++i) {
        if (control->thread[i].process != process) continue;
        if ((control->thread[i].signals & 1U << (signal & 31)) == 0) continue;
        // Whoever waits there is interrupted.
        Thread& thread = control->thread[i];
        if (thread.state == State::waiting || thread.state == State::sleeping) {
          thread.state = State::runnable;
        }
        return;
      }
    }
    raw::call(SYS_sched_yield);
  }
}

}  // namespace interleave
