#include "ring.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>

namespace lab {

namespace {

struct Descriptor {
  std::uint32_t offset, size;
  // No two frames begin at the same place, not even empty ones.
  [[nodiscard]] std::uint64_t end() const {
    return offset + std::max<std::uint64_t>(8, (std::uint64_t{size} + 7) / 8 * 8);
  }
};

}  // namespace

// Two counts of frames, and where each of them lies. The producer alone writes the descriptors, and
// finds in them what is free.
struct Ring::Shared {
  alignas(64) std::atomic<std::uint64_t> published{0};
  alignas(64) std::atomic<std::uint64_t> released{0};
  alignas(64) std::uint64_t slots = 0;
  std::uint64_t capacity = 0;

  Descriptor& of(std::uint64_t frame) {
    return reinterpret_cast<Descriptor*>(this + 1)[frame % slots];
  }
  std::byte* at(const Descriptor& descriptor) {
    return reinterpret_cast<std::byte*>(&of(0) + slots) + descriptor.offset;
  }
};

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  Ring ring;
  auto* shared = new (memory.data()) Shared;
  shared->slots = memory.size() / 128;
  shared->capacity = (memory.size() - sizeof(Shared) - shared->slots * sizeof(Descriptor)) / 8 * 8;
  ring.shared_ = shared;
  ring.capacity_ = shared->capacity;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->capacity;
  return ring;
}

std::size_t Ring::max_frame() const { return capacity_; }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > capacity_) throw std::length_error("the frame is longer than max_frame()");
  const std::uint64_t next = shared_->published.load(std::memory_order_relaxed);
  const std::uint64_t oldest = shared_->released.load(std::memory_order_acquire);
  if (next - oldest == shared_->slots) return std::nullopt;
  Descriptor descriptor{0, static_cast<std::uint32_t>(size)};
  if (next != oldest) {
    const Descriptor first = shared_->of(oldest), last = shared_->of(next - 1);
    descriptor.offset = static_cast<std::uint32_t>(last.end());
    std::uint64_t limit = first.offset;
    if (last.offset >= first.offset && descriptor.end() <= capacity_) limit = capacity_;
    if (last.offset >= first.offset && descriptor.end() > capacity_) descriptor.offset = 0;
    if (descriptor.end() > limit) return std::nullopt;
  }
  shared_->of(next) = descriptor;
  next_ = next + 1;
  return std::span(shared_->at(descriptor), size);
}

void Ring::publish() { shared_->published.store(next_, std::memory_order_release); }

std::optional<std::span<const std::byte>> Ring::borrow() {
  const std::uint64_t frame = shared_->released.load(std::memory_order_relaxed);
  if (frame == shared_->published.load(std::memory_order_acquire)) return std::nullopt;
  next_ = frame + 1;
  const Descriptor descriptor = shared_->of(frame);
  return std::span<const std::byte>(shared_->at(descriptor), descriptor.size);
}

void Ring::release() { shared_->released.store(next_, std::memory_order_release); }

}  // namespace lab
