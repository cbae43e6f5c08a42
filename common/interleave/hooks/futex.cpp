/// What arrives by syscall(2): futex(2), as std::atomic::wait and std::counting_semaphore use it.
/// @see futex(2)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>

#include "common/interleave/core/atomics.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/time.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

// A private futex is found by its address in one process: others never meet there.
void check_sharing(std::uint32_t on, int operation) {
  const Object& futex = object(on);
  if ((operation & FUTEX_PRIVATE_FLAG) == 0) return;
  // In memory that others have as well, whoever comes first is wrong: a wake without a waiter is
  // not even a system call.
  const bool others_came = futex.used_by_processes > 1 ||
                           (futex.used_by_processes == 1 && futex.first_process != me().process);
  const bool others_may = !is_private(futex.key) && control->processes > 1;
  if (!others_came && !others_may) return;
  control->verdict.thread = self;
  control->verdict.object = on;
  control->verdict.path = me().path;
  finish(Outcome::wrong_mechanism, "futex");
}

long wait(std::uint32_t* word, int operation, std::uint32_t expected, std::int64_t deadline,
          const void* pc) {
  const std::uint32_t on = object_at(word, Kind::futex);
  step(Op::futex_wait, on, pc);
  check_sharing(on, operation);
  atomics::see_newest(word);
  if (*word != expected) {
    did(Op::futex_wait, on, -EAGAIN, false);
    in_vain(on, *word);
    return -EAGAIN;
  }
  did(Op::futex_wait, on, 0, false);
  if (control->plan.spurious && choose(Choice::spurious, 2) == 1) return 0;
  Thread& thread = me();
  thread.waits_for_condition = on;
  while (thread.waits_for_condition == on) {
    wait_for(Op::futex_wait, on, deadline);
    if (thread.waits_for_condition == on && (thread.timed_out || thread.interrupted)) {
      thread.waits_for_condition = nothing;
      return thread.timed_out ? -ETIMEDOUT : -EINTR;
    }
  }
  return 0;
}

long wake_some(std::uint32_t* word, int operation, std::uint32_t most, const void* pc) {
  const std::uint32_t on = object_at(word, Kind::futex);
  step(Op::futex_wake, on, pc);
  check_sharing(on, operation);
  long woken = 0;
  while (static_cast<std::uint32_t>(woken) < most) {
    std::uint32_t list[most_threads];
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < control->threads; ++i) {
      const Thread& thread = control->thread[i];
      if (thread.state == State::waiting && thread.waits_for_condition == on) list[count++] = i;
    }
    if (count == 0) break;
    const std::uint32_t which = most == 1 ? list[choose(Choice::waiter, count)] : list[0];
    control->thread[which].waits_for_condition = nothing;
    control->thread[which].state = State::runnable;
    ++woken;
  }
  did(Op::futex_wake, on, woken, true);
  return woken;
}

}  // namespace

extern "C" long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  long result = 0;
  if (engaged() && number == SYS_futex) {
    const Inside engine;
    auto* word = reinterpret_cast<std::uint32_t*>(a[0]);
    const int operation = static_cast<int>(a[1]);
    const auto* time = reinterpret_cast<const timespec*>(a[3]);
    const auto value = static_cast<std::uint32_t>(a[2]);
    switch (operation & FUTEX_CMD_MASK) {
      case FUTEX_WAIT:
        result = wait(word, operation, value,
                      time == nullptr ? -1 : control->now + nanoseconds(*time), PC);
        break;
      case FUTEX_WAIT_BITSET: {
        const bool realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
        const clockid_t clock = realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        result =
            wait(word, operation, value, time == nullptr ? -1 : virtual_deadline(clock, *time), PC);
        break;
      }
      case FUTEX_WAKE:
      case FUTEX_WAKE_BITSET:
        result = wake_some(word, operation, value, PC);
        break;
      default:
        finish(Outcome::stuck, "futex(2) with an operation that the engine does not know");
    }
  } else {
    result = raw::call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return result;
}
