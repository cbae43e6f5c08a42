#pragma once

/// What hooks call. A hook is a function that a program calls in the belief that it is libc's, or a
/// callback that the compiler has put at an access.
///
/// One thread of one process of the run holds the token, and only that one runs. A hook says what
/// it is about to do (`step`): there the token may go to another. When it has done it, it says what
/// came of it (`did`). What would block is tried, and if it does not go, waited for (`wait_for`).

#include <sys/types.h>

#include <cstdint>

#include "common/interleave/core/control.h"

namespace interleave {

/// The run's control segment; null in a program that nobody explores: then every hook does what the
/// function of its name does, and nothing else.
extern Control* control;
/// This thread; `nobody` in one that the engine does not know.
extern thread_local std::uint32_t self __attribute__((tls_model("initial-exec")));
/// More than 0: the engine's own code runs, and its calls are not steps.
extern thread_local std::uint32_t inside __attribute__((tls_model("initial-exec")));
/// The call path of this thread, without the call that it is in.
extern thread_local std::uint32_t path __attribute__((tls_model("initial-exec")));

/// Whether a hook has to do more than to hand on.
inline bool engaged() { return control != nullptr && self != nobody && inside == 0; }

/// Marks the engine's own code.
class Inside {
 public:
  Inside() { ++inside; }
  ~Inside() { --inside; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

inline Thread& me() { return control->thread[self]; }
inline Object& object(std::uint32_t index) { return control->object[index]; }

/// Says what this thread is about to do, and lets who is to go on go on.
/// @param pc  the return address of the hook: where in the program it was called.
void step(Op op, std::uint32_t object, const void* pc);

/// Says what this thread has done.
/// @param value    that was read or written, or the result of a call.
/// @param changes  whether others can notice it: then those that wait for the object try again.
void did(Op op, std::uint32_t object, std::int64_t value, bool changes);

/// What this thread does next depends on the last change of `object`, too.
void depends_on(std::uint32_t object);

/// Waits until `object` has changed or the deadline has passed; then the caller tries again.
/// @param deadline  virtual nanoseconds since the beginning of the run; -1: none.
/// @returns false if the deadline has passed, or if a signal handler has run.
bool wait_for(Op op, std::uint32_t object, std::int64_t deadline = -1);

/// Passes virtual time. @returns false if a signal handler has run.
bool sleep_until(std::int64_t deadline, const void* pc);

/// Lets the others go first.
void yield(const void* pc);

/// To be called when something was read, or tried, in vain: who does that again and again, with
/// nothing changing, spins, and is put behind the others.
void in_vain(std::uint32_t object, std::uint64_t value);

/// For a program that knows the engine, and has to make ready what is to be explored: from here on
/// each goes on as long as it can, and there is no choice. What is done belongs to no schedule.
void begin_preparing();

/// Waits until so many threads have come here. Then the schedule begins.
void assemble(std::uint32_t expected);

/// Asks the plan for a choice. @returns 0 to options - 1
std::uint32_t choose(Choice choice, std::uint32_t options);

/// Whether the call that is about to be made fails. @returns 0: no; 1: it is interrupted or
/// refused; 2: it does half of what it is asked for (if `can_be_short`)
std::uint32_t fault(bool can_be_short = false);

/// Whether the plan may kill this process.
inline bool is_victim() {
  static_assert(most_threads <= 64, "a bit for each process");
  return (control->plan.victims >> me().process & 1) != 0;
}

/// Where a process may be killed: before each of its steps, and before each write to memory that it
/// shares.
void may_be_killed();

/// Threads that wait for `object` may try again.
void wake(std::uint32_t object);
/// Those that wait for any descriptor, or in poll(2).
void wake_descriptors();
void wake_everybody();

// --- Happens-before ------------------------------------------------------------------------------

/// What went before the last `release` of this object happened before what comes now.
void acquire(std::uint32_t object);
/// What went before happens before what follows an `acquire` of this object.
void release(std::uint32_t object);

// --- Objects -------------------------------------------------------------------------------------

/// The object of this key; a new one if there is none.
std::uint32_t object_of(Key key, Kind kind, const char* name = nullptr);
/// The object at an address, in whatever process that is mapped.
std::uint32_t object_at(const volatile void* address, Kind kind);

// --- Threads and processes -----------------------------------------------------------------------

/// A slot for a thread that is about to be made, by this one.
std::uint32_t new_thread(std::uint32_t process);
std::uint32_t new_process();
/// To be called in the new thread: waits for its first turn.
void begin_thread(std::uint32_t thread);
/// This thread does no more steps: hands the token on and returns.
void end_thread();
/// What a process has released that ended where nobody saw it, by a signal from outside: whoever
/// sees the end of a pipe may see its end.
std::uint32_t ends_of_processes();
/// This process ends with `status` (as wait(2) gives it): hands the token on and returns.
void end_process(std::int32_t status);
/// A process has ended without a word: called by who has killed it, or finds it dead.
void bury(std::uint32_t process, std::int32_t status);
/// Goes on without the token, for a call that cannot be modelled; `come_back` ends that.
void leave();
void come_back();
std::uint32_t process_of(pid_t pid);

/// The run is over: everybody stops here.
[[noreturn]] void finish(Outcome outcome, const char* text = "");
/// The same, with more of the verdict filled in already.
[[noreturn]] void finish();

/// The call path from here to `pc`.
std::uint32_t path_to(const void* pc);
std::uint32_t path_below(std::uint32_t parent, std::uint64_t pc);

}  // namespace interleave
