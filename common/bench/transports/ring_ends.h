#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>

#include "common/bench/memory.h"
#include "common/bench/transport.h"

/// The ends of a ring: of lab::Ring, and of every class with the same members, such as the rungs of
/// ladder.h.
namespace bench {

template <class Ring>
std::span<std::byte> loan_busily(Ring& ring, std::size_t size) {
  return *Eager().wait_for([&] { return ring.loan(size); });
}

template <class Ring>
std::span<const std::byte> borrow_busily(Ring& ring) {
  return *Eager().wait_for([&] { return ring.borrow(); });
}

/// memcpy, with the sizes of short messages known when it is compiled, as they are to a queue of
/// slots of one size.
inline void copy(std::byte* to, const std::byte* from, std::size_t size) {
  if (size == 8)
    std::memcpy(to, from, 8);
  else if (size == 64)
    std::memcpy(to, from, 64);
  else
    std::memcpy(to, from, size);
}

/// A copy in and a copy out, as all who hand messages over from buffer to buffer have to. Longer
/// messages go in pieces, so that the second copy begins before the first one is done.
/// @tparam Wait  how its consumer waits.
template <class Ring, class Wait = Eager>
class CopyingRing {
 public:
  static constexpr std::size_t longest_piece = 16 * 1024;

  explicit CopyingRing(const Setting& setting) : memory_(setting.buffer) {}

  void open_sender() {
    memory_.touch();
    ring_ = Ring::create(memory_.bytes());
    piece_ = std::min(longest_piece, ring_->max_frame());
  }
  void open_receiver() {
    memory_.touch();
    ring_ = Ring::open(memory_.bytes());
  }

  void send(std::span<const std::byte> message) {
    do {
      const std::span<const std::byte> piece = message.first(std::min(message.size(), piece_));
      const std::span<std::byte> room = loan_busily(*ring_, piece.size());
      copy(room.data(), piece.data(), piece.size());
      ring_->publish();
      message = message.subspan(piece.size());
    } while (!message.empty());
  }

  void receive(std::span<std::byte> message) {
    do {
      const std::span<const std::byte> piece = *wait_.wait_for([&] { return ring_->borrow(); });
      if (piece.size() > message.size()) throw Garbled("a frame is longer than the message");
      copy(message.data(), piece.data(), piece.size());
      ring_->release();
      message = message.subspan(piece.size());
    } while (!message.empty());
  }

 private:
  Memory memory_;
  std::optional<Ring> ring_;
  Wait wait_;
  std::size_t piece_ = longest_piece;
};

/// No copy: the message is written where it stays, and read there. What it costs to write and read
/// more than the first eight bytes is the program's affair, and is not measured.
template <class Ring>
class LendingRing {
 public:
  explicit LendingRing(const Setting& setting)
      : memory_(std::max(setting.buffer, 4 * setting.payload)) {}

  void open_sender() {
    memory_.touch();
    ring_ = Ring::create(memory_.bytes());
  }
  void open_receiver() {
    memory_.touch();
    ring_ = Ring::open(memory_.bytes());
  }

  void send(std::span<const std::byte> message) { send(message, sizeof(Word)); }
  void send_whole(std::span<const std::byte> message) { send(message, message.size()); }

  void receive(std::span<std::byte> message) { receive(message, sizeof(Word)); }
  void receive_whole(std::span<std::byte> message) { receive(message, message.size()); }

 private:
  void send(std::span<const std::byte> message, std::size_t written) {
    std::memcpy(loan_busily(*ring_, message.size()).data(), message.data(), written);
    ring_->publish();
  }
  void receive(std::span<std::byte> message, std::size_t read) {
    const std::span<const std::byte> frame = borrow_busily(*ring_);
    if (frame.size() != message.size()) throw Garbled("a frame has another size than was lent");
    std::memcpy(message.data(), frame.data(), read);
    ring_->release();
  }

  Memory memory_;
  std::optional<Ring> ring_;
};

}  // namespace bench
