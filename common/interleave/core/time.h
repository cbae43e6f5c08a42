#pragma once

#include <cstdint>
#include <ctime>

/// Virtual time: it stands still while anybody can go on, and then jumps to the next deadline.
namespace interleave {

/// What a clock would say now.
timespec virtual_time(clockid_t clock);
/// A moment of that clock, in nanoseconds since the beginning of the run.
std::int64_t virtual_deadline(clockid_t clock, const timespec& moment);
std::int64_t nanoseconds(const timespec& time);

}  // namespace interleave
