#pragma once

#include <csignal>
#include <cstdint>

/// Signals: a handler is a step like any other. When the kernel delivers a signal to a thread that
/// does not hold the token, it is noted, and the handler runs when the thread's turn has come.
namespace interleave {

/// Runs the handlers of the signals that have come for this thread.
void handle_pending_signals();
/// How many that have been, in this thread.
extern thread_local std::uint32_t handlers_run;
/// Whether all that ran the last time want the call that they interrupted to go on (SA_RESTART).
extern thread_local bool call_goes_on;

/// What the program has set for a signal, and what is really set.
int set_action(int signal, const struct sigaction* action, struct sigaction* old);

/// From now on signals that end a process are noted, with the place where they came; a program may
/// set its own handlers later.
void watch_ending_signals();

/// To be called when a signal has been sent to another process of the run: waits until that has
/// noted it, or has ended by it. One that is blocked there, or ignored, is not waited for.
void signal_delivered(std::uint32_t process, int pid, int signal);

}  // namespace interleave
