#include "ring.h"

#include <atomic>
#include <cstring>
#include <new>
#include <stdexcept>

namespace lab {

// Offsets, not counts: they turn back to 0 when the rest of the memory is too short for a frame.
// Where the frames end then, the watermark says; it is written before the offset that has turned
// back, and not again before the consumer has come round, too. A byte stays free between the two.
struct Ring::Shared {
  std::atomic<std::uint32_t> write{0};
  std::atomic<std::uint32_t> read{0};
  std::atomic<std::uint32_t> watermark{0};
  std::uint32_t size = 0;

  std::byte* at(std::uint64_t offset) { return reinterpret_cast<std::byte*>(this + 1) + offset; }
};

namespace {

using Length = std::uint32_t;  // in front of each frame, at any address

}  // namespace

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory");
  Ring ring;
  ring.shared_ = new (memory.data()) Shared;
  ring.shared_->size = static_cast<std::uint32_t>(memory.size() - sizeof(Shared));
  ring.capacity_ = ring.shared_->size;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = reinterpret_cast<Shared*>(memory.data());
  ring.capacity_ = ring.shared_->size;
  return ring;
}

std::size_t Ring::max_frame() const { return capacity_ / 2 - sizeof(Length) - 1; }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > max_frame()) throw std::length_error("the frame is too long");
  const std::uint64_t needed = sizeof(Length) + size;
  const std::uint64_t write = shared_->write.load(), read = shared_->read.load();
  here_ = write;
  if (write < read) {
    if (write + needed >= read) return std::nullopt;
  } else if (write + needed > capacity_) {
    if (needed >= read) return std::nullopt;
    here_ = 0;
  }
  const auto length = static_cast<Length>(size);
  std::memcpy(shared_->at(here_), &length, sizeof length);
  next_ = here_ + needed;
  return std::span(shared_->at(here_) + sizeof length, size);
}

void Ring::publish() {
  const std::uint32_t write = shared_->write.load();
  if (here_ == 0 && write != 0) shared_->watermark.store(write);
  shared_->write.store(static_cast<std::uint32_t>(next_));
}

std::optional<std::span<const std::byte>> Ring::borrow() {
  const std::uint32_t write = shared_->write.load();
  here_ = shared_->read.load();
  if (here_ == write) return std::nullopt;
  if (write < here_ && here_ == shared_->watermark.load()) here_ = 0;
  Length length = 0;
  std::memcpy(&length, shared_->at(here_), sizeof length);
  next_ = here_ + sizeof length + length;
  return std::span<const std::byte>(shared_->at(here_) + sizeof length, length);
}

void Ring::release() { shared_->read.store(static_cast<std::uint32_t>(next_)); }

}  // namespace lab
