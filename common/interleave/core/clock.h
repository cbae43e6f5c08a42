#pragma once

#include <algorithm>
#include <cstdint>

namespace interleave {

inline constexpr unsigned most_threads = 64;

/// A vector clock: how much of each thread's past has been seen.
/// @see Lamport 1978, "Time, Clocks, and the Ordering of Events"; Mattern 1989
struct Clock {
  std::uint32_t at[most_threads] = {};

  /// Sees what `other` has seen, too.
  void join(const Clock& other, unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) at[i] = std::max(at[i], other.at[i]);
  }
};

/// One thread's clock at one moment, in a word: enough to say who came last.
/// @see Flanagan and Freund 2009, "FastTrack: Efficient and Precise Dynamic Race Detection"
class Epoch {
 public:
  Epoch() = default;
  Epoch(unsigned thread, std::uint32_t time) : word_(time << 6 | thread) {}
  [[nodiscard]] unsigned thread() const { return word_ & 63; }
  [[nodiscard]] std::uint32_t time() const { return word_ >> 6; }
  /// Time 0 is before the beginning: nobody.
  [[nodiscard]] bool is_nobody() const { return time() == 0; }
  /// Whether it happened before what has `clock`.
  [[nodiscard]] bool before(const Clock& clock) const { return time() <= clock.at[thread()]; }
  bool operator==(const Epoch&) const = default;

 private:
  std::uint32_t word_ = 0;
};

/// An epoch in a cell, which has little room: with how the byte was touched.
class Mark {
 public:
  Mark() = default;
  Mark(Epoch epoch, bool atomic, bool shared = false)
      : word_(epoch.time() << 8 | (shared ? 128U : 0U) | (atomic ? 64U : 0U) | epoch.thread()) {}
  [[nodiscard]] Epoch epoch() const { return {word_ & 63, word_ >> 8}; }
  [[nodiscard]] bool is_atomic() const { return (word_ & 64) != 0; }
  [[nodiscard]] bool is_shared() const { return (word_ & 128) != 0; }
  bool operator==(const Mark&) const = default;

 private:
  std::uint32_t word_ = 0;
};

}  // namespace interleave
