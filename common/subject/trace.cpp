#include "common/subject/trace.h"

#include <execinfo.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "common/subject/wire.h"

namespace subject {

namespace {

int control_socket = -1;

void send_trace(int signal) {
  std::array<void*, 48> addresses{};
  const int count = ::backtrace(addresses.data(), static_cast<int>(addresses.size()));
  const Trace trace{signal == where_are_you ? 0 : signal, static_cast<std::int32_t>(::getpid())};
  send_frame(control_socket, FromRole::trace, std::as_bytes(std::span(&trace, 1)),
             std::as_bytes(std::span(addresses.data(), static_cast<std::size_t>(count))));
}

// SA_RESETHAND has put the default action back: returning lets the fault happen again, and this
// time it ends the process with the signal that the parent is to see. abort(3) raises again itself.
void on_fatal(int signal) {
  send_trace(signal);
  if (signal != SIGABRT) ::raise(signal);
}

void on_question(int signal) { send_trace(signal); }

}  // namespace

void trace_signals_to(int control) {
  control_socket = control;
  // The first call loads the unwinder, which allocates: not in a signal handler, please.
  std::array<void*, 1> warm_up{};
  ::backtrace(warm_up.data(), 1);
  // A stack of its own, for a process that has run out of stack.
  constexpr std::size_t size = 1 << 16;
  stack_t stack{};
  stack.ss_sp = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  stack.ss_size = size;
  if (stack.ss_sp != MAP_FAILED) ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = on_fatal;
  action.sa_flags = static_cast<int>(SA_ONSTACK | SA_RESETHAND);
  // AddressSanitizer explains these better than a bare trace does.
#ifndef __SANITIZE_ADDRESS__
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::sigaction(signal, &action, nullptr);
#endif
  ::sigaction(SIGABRT, &action, nullptr);
  action.sa_handler = on_question;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  ::sigaction(where_are_you, &action, nullptr);
}

}  // namespace subject
