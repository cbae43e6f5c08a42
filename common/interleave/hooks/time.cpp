/// Clocks and sleeping, in virtual time.
/// @see clock_gettime(2), nanosleep(2), sched_yield(2), C17 7.26.5 and 7.27.2

#include "common/interleave/core/time.h"

#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace interleave {

namespace {

constexpr std::int64_t second = 1'000'000'000;
// When each run begins, by the clock on the wall and by the others.
constexpr std::int64_t epoch_of_realtime = 1'700'000'000 * second;
constexpr std::int64_t epoch_of_others = 1'000 * second;

std::int64_t epoch(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? epoch_of_realtime
                                                                   : epoch_of_others;
}

timespec to_timespec(std::int64_t time) { return {time / second, time % second}; }

}  // namespace

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * second + time.tv_nsec; }

timespec virtual_time(clockid_t clock) { return to_timespec(epoch(clock) + control->now); }

std::int64_t virtual_deadline(clockid_t clock, const timespec& moment) {
  const std::int64_t deadline = nanoseconds(moment) - epoch(clock);
  return deadline < 0 ? 0 : deadline;
}

}  // namespace interleave

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) {
  if (!engaged()) {
    const long result = raw::call(SYS_clock_gettime, clock, time);
    if (result < 0) errno = static_cast<int>(-result);
    return result < 0 ? -1 : 0;
  }
  *time = virtual_time(clock);
  return 0;
}

int gettimeofday(timeval* __restrict time, void* __restrict) {
  timespec now;
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}

time_t time(time_t* result) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

static int sleep_for(std::int64_t time, timespec* left, const void* pc) {
  const Inside engine;
  const std::int64_t until = control->now + time;
  if (sleep_until(until, pc)) return 0;
  if (left != nullptr) *left = to_timespec(until - control->now);
  return EINTR;
}

int nanosleep(const timespec* time, timespec* left) {
  if (!engaged()) return real::nanosleep(time, left);
  if (const int error = sleep_for(nanoseconds(*time), left, PC); error != 0) {
    errno = error;
    return -1;
  }
  return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  if (!engaged()) return real::clock_nanosleep(clock, flags, time, left);
  if ((flags & TIMER_ABSTIME) == 0) return sleep_for(nanoseconds(*time), left, PC);
  const Inside engine;
  return sleep_until(virtual_deadline(clock, *time), PC) ? 0 : EINTR;
}

unsigned sleep(unsigned time) {
  if (!engaged()) {
    const timespec whole{time, 0};
    return real::nanosleep(&whole, nullptr) == 0 ? 0 : time;
  }
  timespec left{0, 0};
  return sleep_for(time * second, &left, PC) == 0 ? 0 : static_cast<unsigned>(left.tv_sec + 1);
}

int usleep(useconds_t time) {
  if (!engaged()) {
    const timespec whole{time / 1'000'000, static_cast<long>(time % 1'000'000) * 1000};
    return real::nanosleep(&whole, nullptr);
  }
  if (sleep_for(static_cast<std::int64_t>(time) * 1000, nullptr, PC) == 0) return 0;
  errno = EINTR;
  return -1;
}

int sched_yield() noexcept {
  if (!engaged()) return static_cast<int>(raw::call(SYS_sched_yield));
  const Inside engine;
  yield(PC);
  return 0;
}

// --- The same in <threads.h> and <time.h> of C ---------------------------------------------------

int timespec_get(timespec* time, int base) noexcept {
  if (base != TIME_UTC) return 0;
  return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

int thrd_sleep(const timespec* time, timespec* left) {
  if (!engaged()) return real::nanosleep(time, left) == 0 ? 0 : -1;
  return sleep_for(nanoseconds(*time), left, PC) == 0 ? 0 : -1;
}

void thrd_yield() {
  if (!engaged()) {
    raw::call(SYS_sched_yield);
    return;
  }
  const Inside engine;
  yield(PC);
}

}  // extern "C"
