#pragma once

#include <cstddef>
#include <cstdint>

#include "common/interleave/core/control.h"

/// Timers, in virtual time.
namespace interleave {

/// A new timer of this process. @returns its index in the control segment
std::uint32_t new_timer();
/// The timer behind a descriptor; null if it is no timer's.
Timer* timer_behind(int fd);
/// Counts how often it has gone off by now.
void catch_up(Timer& timer);
/// To be called before the kernel is asked which descriptors are ready: those of timers that have
/// gone off are made so.
void ready_timers();

}  // namespace interleave
