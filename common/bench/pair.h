#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "common/bench/transport.h"

namespace bench {

/// The processors that the two processes are pinned to; the same one twice puts both on one core.
struct Cpus {
  int first = 0;   ///< who sends, or sends first
  int second = 1;  ///< who receives, or answers
};

struct Job {
  const Transport* transport = nullptr;
  Kind kind = Kind::rate;
  std::size_t payload = 8;
  std::uint64_t count = 1;  ///< messages, or trips
  Cpus cpus;
  std::size_t buffer = 1024 * 1024;
  std::chrono::milliseconds most_time{60'000};  ///< after which it is taken to hang
};

struct Measured {
  double seconds = 0;  ///< for all messages, or for all trips
  double p50_ns = 0;   ///< of a trip
  double p99_ns = 0;
  long preempted = 0;  ///< how often somebody else's work took the processor from one of the two
};

/// A measurement that came to nothing: a message was garbled, a process died or does not end.
class Failed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Forks two processes, pins each to its processor, has them check that whole messages come
/// through, warms up, measures, and has them check again.
///
/// A rate is counted from before the first message is sent until after the last one is received,
/// beginning with an empty link.
/// @throws Failed  and both processes are gone then.
Measured measure(const Job& job);

}  // namespace bench
