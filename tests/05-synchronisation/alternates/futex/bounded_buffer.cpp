#include "bounded_buffer.h"

#include <mutex>
#include <new>
#include <stdexcept>

#include "futex.h"

namespace lab {

struct BoundedBuffer::Shared {
  Mutex mutex;
  Event put, taken;
  bool closed = false;
  std::size_t capacity = 0, first = 0, behind = 0;  // they only grow

  std::uint64_t& item(std::size_t number) {
    return reinterpret_cast<std::uint64_t*>(this + 1)[number % capacity];
  }
};

std::size_t BoundedBuffer::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::uint64_t);
}

BoundedBuffer BoundedBuffer::create(void* memory, std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("capacity 0");
  auto* shared = new (memory) Shared;
  shared->capacity = capacity;
  return BoundedBuffer(shared);
}

BoundedBuffer BoundedBuffer::open(void* memory) {
  return BoundedBuffer(static_cast<Shared*>(memory));
}

bool BoundedBuffer::put(std::uint64_t item) {
  const std::lock_guard lock(shared_->mutex);
  while (!shared_->closed && shared_->behind - shared_->first == shared_->capacity) {
    shared_->taken.wait(shared_->mutex);
  }
  if (shared_->closed) return false;
  shared_->item(shared_->behind++) = item;
  shared_->put.happens();
  return true;
}

std::optional<std::uint64_t> BoundedBuffer::take() {
  const std::lock_guard lock(shared_->mutex);
  while (!shared_->closed && shared_->behind == shared_->first) {
    shared_->put.wait(shared_->mutex);
  }
  if (shared_->behind == shared_->first) return std::nullopt;
  const std::uint64_t item = shared_->item(shared_->first++);
  shared_->taken.happens();
  return item;
}

void BoundedBuffer::close() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->put.happens();
  shared_->taken.happens();
}

}  // namespace lab
