#include "ring.h"

#include <cstring>
#include <mutex>
#include <new>
#include <stdexcept>

#include "robust_lock.h"

namespace lab {

// Plain positions, which never turn back, behind a lock. Each of them is one write, so that who is
// killed with the lock in his hands leaves them before it or after it.
struct Ring::Shared {
  RobustLock lock;
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t room = 0;

  std::byte* at(std::uint64_t position) {
    return reinterpret_cast<std::byte*>(this + 1) + position % room;
  }
};

namespace {

constexpr std::uint32_t wrap = ~std::uint32_t{0};
using Length = std::uint32_t;
constexpr std::uint64_t rounded(std::uint64_t size) { return (size + 3) / 4 * 4; }

}  // namespace

Ring Ring::create(std::span<std::byte> memory) {
  if (memory.size() < least_memory) throw std::invalid_argument("too little memory for a ring");
  Ring ring;
  ring.shared_ = new (memory.data()) Shared;
  ring.shared_->room = (memory.size() - sizeof(Shared)) / 4 * 4;
  ring.capacity_ = ring.shared_->room;
  return ring;
}

Ring Ring::open(std::span<std::byte> memory) {
  Ring ring;
  ring.shared_ = std::launder(reinterpret_cast<Shared*>(memory.data()));
  ring.capacity_ = ring.shared_->room;
  return ring;
}

std::size_t Ring::max_frame() const { return (capacity_ / 2 - sizeof(Length)) / 4 * 4; }

std::optional<std::span<std::byte>> Ring::loan(std::size_t size) {
  if (size > max_frame()) throw std::length_error("longer than max_frame()");
  {
    const std::scoped_lock lock(shared_->lock);
    here_ = shared_->in;
    there_ = shared_->out;
  }
  const std::uint64_t whole = sizeof(Length) + rounded(size);
  const std::uint64_t left = capacity_ - here_ % capacity_;
  const std::uint64_t begin = whole > left ? here_ + left : here_;
  if (begin + whole - there_ > capacity_) return std::nullopt;
  if (begin != here_) std::memcpy(shared_->at(here_), &wrap, sizeof wrap);
  const auto length = static_cast<Length>(size);
  std::memcpy(shared_->at(begin), &length, sizeof length);
  next_ = begin + whole;
  return std::span(shared_->at(begin) + sizeof length, size);
}

void Ring::publish() {
  const std::scoped_lock lock(shared_->lock);
  shared_->in = next_;
}

std::optional<std::span<const std::byte>> Ring::borrow() {
  {
    const std::scoped_lock lock(shared_->lock);
    here_ = shared_->out;
    there_ = shared_->in;
  }
  if (here_ == there_) return std::nullopt;
  Length length = 0;
  std::memcpy(&length, shared_->at(here_), sizeof length);
  if (length == wrap) {
    here_ += capacity_ - here_ % capacity_;
    std::memcpy(&length, shared_->at(here_), sizeof length);
  }
  next_ = here_ + sizeof length + rounded(length);
  return std::span<const std::byte>(shared_->at(here_) + sizeof length, length);
}

void Ring::release() {
  const std::scoped_lock lock(shared_->lock);
  shared_->out = next_;
}

}  // namespace lab
