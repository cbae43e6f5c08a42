#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/interleave/core/control.h"

namespace explore {

/// Which row of a story a step takes up from: one that happened before it, because of what the step
/// itself does. That two steps touch the same object, one after the other, orders nothing: the
/// engine's clocks say what does. Where these say more than can be relied on, because a pipe's
/// clock is one for all that has ever been written to it, there is no arrow but from what was read.
class Arrows {
 public:
  /// @param threads  how many of them can be told of.
  Arrows(const interleave::Control& run, std::size_t threads);

  /// To be called for all steps, in their order.
  /// @returns the row in which the arrow to that step begins.
  std::optional<std::size_t> into(std::size_t step);

  /// The row of a step that is not told.
  static constexpr std::size_t untold = static_cast<std::size_t>(-1);

  /// That step is told in that row.
  void add(const interleave::Step& step, std::size_t row);

 private:
  struct Handed {
    std::size_t row;
    std::uint32_t time;
    std::uint32_t object;
    interleave::Op op;
    bool shared;  ///< a reader's unlock
  };
  /// What was put into a pipe or a queue, and not all of it has been taken out.
  struct Message {
    std::size_t row;
    std::uint32_t thread;
    std::int64_t bytes;
  };
  using Known = std::vector<std::uint32_t>;  ///< by thread: until which of its times

  [[nodiscard]] bool fits(const interleave::Step& step, const Handed& handed) const;
  std::optional<std::size_t> newest(const interleave::Step& step, const Known& before) const;
  std::optional<std::size_t> first_send(const interleave::Step& step, const Known& before) const;
  std::optional<std::size_t> from_pipe(const interleave::Step& step);
  std::optional<std::size_t> from_queue(const interleave::Step& step);
  [[nodiscard]] bool is_called(std::uint32_t object, const char* name) const;
  [[nodiscard]] bool is_shared(const interleave::Step& step) const;

  const interleave::Control& run_;
  std::size_t threads_;
  std::size_t next_ = 0;                                    // of the news
  std::vector<Known> known_;                                // by thread
  std::vector<std::vector<Handed>> rows_;                   // by thread
  std::vector<bool> waited_;                                // by thread: its last step did
  std::map<std::uint32_t, std::vector<Message>> messages_;  // by object, the oldest first
  std::map<std::uint32_t, std::size_t> taken_;              // by object: messages of a queue
  std::map<std::pair<std::uint32_t, std::uint32_t>, interleave::Op>
      lock_;  // who has which, and how
};

}  // namespace explore
