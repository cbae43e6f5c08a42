/// Timers: behind a descriptor, or that send a signal.
/// @see timerfd_create(2), alarm(2), setitimer(2), timer_create(2)

#include "common/interleave/core/timers.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "common/interleave/core/descriptors.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/time.h"

using namespace interleave;

namespace interleave {

std::uint32_t new_timer() {
  if (control->timers >= most_timers) finish(Outcome::full, "timers");
  const std::uint32_t number = control->timers++;
  control->timer[number] = Timer{};
  control->timer[number].process = me().process;
  return number;
}

Timer* timer_behind(int fd) {
  const std::uint32_t number = number_of(fd);
  for (std::uint32_t i = 0; number != 0 && i < control->timers; ++i) {
    if (control->timer[i].descriptor == number) return &control->timer[i];
  }
  return nullptr;
}

void catch_up(Timer& timer) {
  while (timer.deadline >= 0 && timer.deadline <= control->now) {
    ++timer.count;
    timer.deadline = timer.interval > 0 ? timer.deadline + timer.interval : -1;
  }
}

void ready_timers() {
  for (std::uint32_t i = 0; i < control->timers; ++i) {
    Timer& timer = control->timer[i];
    if (timer.descriptor == 0) continue;
    catch_up(timer);
    const int fd = descriptor_with(timer.descriptor);
    if (timer.count == 0 || fd < 0 || is_ready(fd, 1)) continue;
    const std::uint64_t one = 1;
    raw::call(SYS_write, fd, &one, sizeof one);
  }
}

}  // namespace interleave

namespace {

void set(Timer& timer, std::int64_t first, std::int64_t interval, bool absolute) {
  timer.count = 0;
  timer.interval = interval;
  timer.deadline = first == 0 ? -1 : absolute ? first : control->now + first;
}

itimerspec rest_of(const Timer& timer) {
  const auto time = [](std::int64_t ns) {
    return timespec{ns / 1'000'000'000, ns % 1'000'000'000};
  };
  return {time(timer.interval), time(timer.deadline < 0 ? 0 : timer.deadline - control->now)};
}

// The one that alarm(2) and setitimer(2) set.
Timer& alarm_clock() {
  for (std::uint32_t i = 0; i < control->timers; ++i) {
    Timer& timer = control->timer[i];
    if (timer.process == me().process && timer.is_alarm) return timer;
  }
  Timer& timer = control->timer[new_timer()];
  timer.signal = SIGALRM;
  timer.is_alarm = true;
  return timer;
}

}  // namespace

extern "C" {

// An eventfd stands for it: that is ready when the engine says so, and not when time has passed.
int timerfd_create(int clock, int flags) noexcept {
  if (!engaged()) return real::timerfd_create(clock, flags);
  const Inside engine;
  const int fd = real::eventfd(0, flags);
  if (fd < 0) return fd;
  made_descriptor(fd);
  control->timer[new_timer()].descriptor = number_of(fd);
  return fd;
}

int timerfd_settime(int fd, int flags, const itimerspec* time, itimerspec* old) noexcept {
  Timer* timer = engaged() ? timer_behind(fd) : nullptr;
  if (timer == nullptr) return real::timerfd_settime(fd, flags, time, old);
  const Inside engine;
  catch_up(*timer);
  if (old != nullptr) *old = rest_of(*timer);
  const bool absolute = (flags & TFD_TIMER_ABSTIME) != 0;
  const std::int64_t first = nanoseconds(time->it_value);
  set(*timer, absolute && first != 0 ? virtual_deadline(CLOCK_MONOTONIC, time->it_value) : first,
      nanoseconds(time->it_interval), absolute);
  return 0;
}

int timerfd_gettime(int fd, itimerspec* now) noexcept {
  Timer* timer = engaged() ? timer_behind(fd) : nullptr;
  if (timer == nullptr) return real::timerfd_gettime(fd, now);
  const Inside engine;
  catch_up(*timer);
  *now = rest_of(*timer);
  return 0;
}

int setitimer(__itimer_which_t which, const struct itimerval* time,
              struct itimerval* old) noexcept {
  if (!engaged() || which != ITIMER_REAL) return real::setitimer(which, time, old);
  const Inside engine;
  Timer& timer = alarm_clock();
  const itimerspec rest = rest_of(timer);
  if (old != nullptr) {
    *old = {{rest.it_interval.tv_sec, rest.it_interval.tv_nsec / 1000},
            {rest.it_value.tv_sec, rest.it_value.tv_nsec / 1000}};
  }
  const auto time_of = [](const timeval& value) {
    return value.tv_sec * 1'000'000'000 + value.tv_usec * 1000;
  };
  set(timer, time_of(time->it_value), time_of(time->it_interval), false);
  return 0;
}

unsigned alarm(unsigned seconds) noexcept {
  const itimerval time{{0, 0}, {seconds, 0}};
  itimerval old{};
  setitimer(ITIMER_REAL, &time, &old);
  return static_cast<unsigned>(old.it_value.tv_sec + (old.it_value.tv_usec > 0 ? 1 : 0));
}

int timer_create(clockid_t clock, struct sigevent* event, timer_t* timer) noexcept {
  if (!engaged()) return real::timer_create(clock, event, timer);
  const Inside engine;
  if (event != nullptr && event->sigev_notify != SIGEV_SIGNAL) {
    finish(Outcome::stuck, "timer_create(2) with a notification other than SIGEV_SIGNAL");
  }
  const std::uint32_t number = new_timer();
  control->timer[number].signal = event == nullptr ? SIGALRM : event->sigev_signo;
  *timer = reinterpret_cast<timer_t>(std::uintptr_t{number} + 1);
  return 0;
}

int timer_settime(timer_t timer, int flags, const itimerspec* time, itimerspec* old) noexcept {
  if (!engaged()) return real::timer_settime(timer, flags, time, old);
  const Inside engine;
  const auto number = reinterpret_cast<std::uintptr_t>(timer) - 1;
  if (number >= control->timers) {
    errno = EINVAL;
    return -1;
  }
  Timer& there = control->timer[number];
  if (old != nullptr) *old = rest_of(there);
  const bool absolute = (flags & TIMER_ABSTIME) != 0;
  const std::int64_t first = nanoseconds(time->it_value);
  set(there, absolute && first != 0 ? virtual_deadline(CLOCK_REALTIME, time->it_value) : first,
      nanoseconds(time->it_interval), absolute);
  return 0;
}

int timer_delete(timer_t timer) noexcept {
  if (!engaged()) return real::timer_delete(timer);
  const auto number = reinterpret_cast<std::uintptr_t>(timer) - 1;
  if (number < control->timers) control->timer[number].deadline = -1;
  return 0;
}

}  // extern "C"
