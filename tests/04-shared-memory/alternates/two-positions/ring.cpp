#include "ring.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>

namespace lab {

namespace {

// A frame is a length, and then its bytes; all of them begin at multiples of 8.
constexpr std::uint64_t header_size = 8;
// In place of a length: nothing more before the end of the memory, go on at its beginning.
constexpr std::uint64_t skip = ~std::uint64_t{0};

constexpr std::uint64_t rounded_up(std::uint64_t size) { return (size + 7) & ~std::uint64_t{7}; }

}  // namespace

// Both positions count all bytes that have ever gone through, and never turn back: so full and
// empty cannot be confused. Where a position lies in the memory is its remainder.
struct Ring::Shared {
  // A cache line for each, so that writing the one does not take the other away from its owner.
  alignas(64) std::atomic<std::uint64_t> published{0};  ///< the producer has come so far
  alignas(64) std::atomic<std::uint64_t> released{0};   ///< the consumer has come so far
  alignas(64) std::uint64_t capacity = 0;               ///< bytes for frames; a multiple of 8

  // Computed anew by each process: a pointer in the memory would be right in one of them.
  std::byte* at(std::uint64_t position) {
    return reinterpret_cast<std::byte*>(this + 1) + position % capacity;
  }
};

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  Ring ring;
  ring.shared_ = new (memory.data()) Shared;
  ring.shared_->capacity = (memory.size() - sizeof(Shared)) & ~std::size_t{7};
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

// A frame lies in one piece. If it does not fit before the end it goes to the beginning; one of up
// to half of the memory fits on one side or the other, wherever an empty ring stands.
std::size_t Ring::max_frame() const { return (capacity_ / 2 & ~std::size_t{7}) - header_size; }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > max_frame()) throw std::length_error("the frame is longer than max_frame()");
  // Nobody else writes it, so we know what we wrote.
  const std::uint64_t published = shared_->published.load(std::memory_order_relaxed);
  const std::uint64_t needed = header_size + rounded_up(size);
  const std::uint64_t until_end = capacity_ - published % capacity_;
  const std::uint64_t skipped = needed > until_end ? until_end : 0;
  next_ = published + skipped + needed;
  // there_ is how far the consumer had come when we looked last: look again only if that is not
  // enough, because its cache line has to come from the other processor. Acquire: what the consumer
  // read of the old frames it has read before we write there.
  if (next_ - there_ > capacity_) {
    there_ = shared_->released.load(std::memory_order_acquire);
    if (next_ - there_ > capacity_) return std::nullopt;
  }
  if (skipped > 0) std::memcpy(shared_->at(published), &skip, sizeof skip);
  const std::uint64_t length = size;
  std::byte* frame = shared_->at(published + skipped);
  std::memcpy(frame, &length, sizeof length);
  return std::span(frame + header_size, size);
}

// Release: who sees the new position sees all that was written before, the frame among it.
void Ring::publish() { shared_->published.store(next_, std::memory_order_release); }

std::optional<std::span<const std::byte>> Ring::borrow() {
  std::uint64_t released = shared_->released.load(std::memory_order_relaxed);
  const auto is_empty = [&] {
    if (released != there_) return false;
    there_ = shared_->published.load(std::memory_order_acquire);
    return released == there_;
  };
  if (is_empty()) return std::nullopt;
  std::uint64_t length = 0;
  std::memcpy(&length, shared_->at(released), sizeof length);
  if (length == skip) {
    released += capacity_ - released % capacity_;
    std::memcpy(&length, shared_->at(released), sizeof length);
  }
  next_ = released + header_size + rounded_up(length);
  return std::span<const std::byte>(shared_->at(released) + header_size, length);
}

// Release: our reads of the frame come before the producer's writes to the same memory.
void Ring::release() { shared_->released.store(next_, std::memory_order_release); }

}  // namespace lab
