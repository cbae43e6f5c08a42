#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lab {

/// A queue of frames in memory that two processes share: one produces, one consumes, and no call of
/// the kernel is needed.
///
/// Nothing is copied: the producer writes a frame where it stays, and the consumer reads it there.
/// Each frame lies in one piece. The bytes of a frame that was published are seen by the consumer,
/// and the consumer is done with them before the producer writes there again: that is what the
/// memory orders have to bring about.
///
/// Neither process may crash, write outside the memory or hang because of it if the other is killed
/// at any moment; a frame that was not published is then never seen.
///
/// One Ring object belongs to one process, and that is either the producer or the consumer. In the
/// memory there is no pointer: each of the two has it mapped at another address.
/// @see std::atomic, std::memory_order
class Ring {
 public:
  /// The least memory for which create() makes a ring, bytes.
  static constexpr std::size_t least_memory = 1024;

  /// Makes an empty ring of `memory`, which begins at a multiple of 64.
  /// @throws std::invalid_argument  if it has less than `least_memory` bytes.
  static Ring create(std::span<std::byte> memory);

  /// The ring that another process has made of the same memory.
  static Ring open(std::span<std::byte> memory);

  /// The longest frame: at least 3/8 of the memory, bytes.
  [[nodiscard]] std::size_t max_frame() const;

  /// For the producer: room for a frame of `size` bytes (0 is a size, too), to be filled in.
  /// A second call before publish() gives up what the first one gave.
  /// @returns nothing if there is not enough room now. A frame that fits finds room in a ring whose
  ///          consumer has released everything and has then found it empty.
  /// @throws std::length_error  if `size` is more than max_frame().
  [[nodiscard]] std::optional<std::span<std::byte>> loan(std::size_t size);

  /// For the producer: hands over the frame that was lent last.
  void publish();

  /// For the consumer: the oldest frame that was published and not released.
  /// @returns nothing if there is none: the ring is empty. Never waits.
  [[nodiscard]] std::optional<std::span<const std::byte>> borrow();

  /// For the consumer: is done with the frame that borrow() gave, whose memory may be used again.
  void release();

 private:
  struct Shared;  // what lies in the memory: you define it, in ring.cpp

  [[maybe_unused]] Shared* shared_ = nullptr;
  [[maybe_unused]] std::size_t capacity_ = 0;
  // For what this process alone has to know. You need not use all of them.
  [[maybe_unused]] std::uint64_t here_ = 0;
  [[maybe_unused]] std::uint64_t there_ = 0;
  [[maybe_unused]] std::uint64_t next_ = 0;
  [[maybe_unused]] std::size_t offset_ = 0;
  [[maybe_unused]] std::size_t size_ = 0;
};

}  // namespace lab
