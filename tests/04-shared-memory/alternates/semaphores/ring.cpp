#include "ring.h"

#include <atomic>
#include <new>
#include <stdexcept>

namespace lab {

namespace {

struct alignas(64) Block {
  std::byte bytes[64];
};

constexpr std::uint64_t header = sizeof(std::uint64_t);
constexpr std::uint32_t blocks_for(std::uint64_t size) {
  return static_cast<std::uint32_t>((header + size + sizeof(Block) - 1) / sizeof(Block));
}

}  // namespace

// A frame takes whole blocks, with its length in the first. Positions are numbers of blocks that
// wrap around in the ring itself; one block stays empty, so that full is not empty.
struct Ring::Shared {
  std::atomic<std::uint32_t> tail{0};
  std::uint32_t count = 0;
  alignas(64) std::atomic<std::uint32_t> head{0};

  Block* blocks() { return reinterpret_cast<Block*>(this + 1); }
  // 0: go to the beginning; else the frame's length and one more.
  std::uint64_t& length(std::uint64_t block) {
    return *reinterpret_cast<std::uint64_t*>(blocks() + block);
  }
  std::byte* frame(std::uint64_t block) { return blocks()[block].bytes + header; }
};

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("less than least_memory");
  Ring ring;
  ring.shared_ = ::new (memory.data()) Shared;
  ring.shared_->count =
      static_cast<std::uint32_t>((memory.size() - sizeof(Shared)) / sizeof(Block));
  ring.capacity_ = ring.shared_->count;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->count;
  return ring;
}

std::size_t Ring::max_frame() const { return capacity_ / 2 * sizeof(Block) - header; }

// here_: where the producer is; there_: where the consumer is known to be; next_: the end of the
// frame that is lent.
std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > max_frame()) throw std::length_error("more than max_frame()");
  const std::uint32_t needed = blocks_for(size);
  here_ = shared_->tail.load(std::memory_order_relaxed);
  there_ = shared_->head.load(std::memory_order_acquire);
  std::uint64_t begin = here_;
  if (here_ >= there_) {
    // Free are the blocks from here to the end, and those before the consumer.
    if (needed > capacity_ - here_ || (needed == capacity_ - here_ && there_ == 0)) {
      if (needed >= there_) return std::nullopt;
      shared_->length(here_) = 0;
      begin = 0;
    }
  } else if (needed >= there_ - here_) {
    return std::nullopt;
  }
  shared_->length(begin) = size + 1;
  next_ = (begin + needed) % capacity_;
  return std::span(shared_->frame(begin), size);
}

void Ring::publish() {
  shared_->tail.store(static_cast<std::uint32_t>(next_), std::memory_order_release);
}

std::optional<std::span<const std::byte>> Ring::borrow() {
  here_ = shared_->head.load(std::memory_order_relaxed);
  if (shared_->tail.load(std::memory_order_acquire) == here_) return std::nullopt;
  std::uint64_t begin = here_;
  if (shared_->length(begin) == 0) begin = 0;
  const std::uint64_t size = shared_->length(begin) - 1;
  next_ = (begin + blocks_for(size)) % capacity_;
  return std::span<const std::byte>(shared_->frame(begin), size);
}

void Ring::release() {
  shared_->head.store(static_cast<std::uint32_t>(next_), std::memory_order_release);
}

}  // namespace lab
