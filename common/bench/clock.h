#pragma once

#include <cstdint>
#include <ctime>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace bench {

/// Nanoseconds since some moment, the same one for all processes.
inline std::uint64_t nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

/// The cheapest clock there is, for what takes a hundred nanoseconds: the processor's own counter
/// where it has one. How long a tick is, is found by comparing with nanoseconds() over a whole run.
inline std::uint64_t ticks() {
#if defined(__x86_64__) || defined(__i386__)
  return __rdtsc();
#else
  return nanoseconds();
#endif
}

}  // namespace bench
