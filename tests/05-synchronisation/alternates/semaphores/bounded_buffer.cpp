#include "bounded_buffer.h"

#include <new>
#include <stdexcept>

#include "tokens.h"

namespace lab {

struct BoundedBuffer::Shared {
  sem_t free, filled, alone;
  std::size_t capacity, put, taken;
  bool closed;
  std::uint64_t item[1];
};

std::size_t BoundedBuffer::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::uint64_t);
}

BoundedBuffer BoundedBuffer::create(void* memory, std::size_t capacity) {
  if (capacity < 1) throw std::invalid_argument("capacity");
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  make(shared->free, static_cast<unsigned>(capacity));
  make(shared->filled, 0);
  make(shared->alone, 1);
  return BoundedBuffer(shared);
}

BoundedBuffer BoundedBuffer::open(void* memory) {
  return BoundedBuffer(reinterpret_cast<Shared*>(memory));
}

bool BoundedBuffer::put(std::uint64_t item) {
  Shared& s = *shared_;
  down(s.free);
  down(s.alone);
  const bool open = !s.closed;
  if (open) (&s.item[0])[s.put++ % s.capacity] = item;
  up(s.alone);
  up(open ? s.filled : s.free);  // closed: the next one may come and see that, too
  return open;
}

std::optional<std::uint64_t> BoundedBuffer::take() {
  Shared& s = *shared_;
  std::optional<std::uint64_t> item;
  down(s.filled);
  down(s.alone);
  if (s.taken < s.put) item = (&s.item[0])[s.taken++ % s.capacity];
  up(s.alone);
  up(item ? s.free : s.filled);
  return item;
}

void BoundedBuffer::close() {
  down(shared_->alone);
  const bool first = !shared_->closed;
  shared_->closed = true;
  up(shared_->alone);
  if (!first) return;
  up(shared_->free);
  up(shared_->filled);
}

}  // namespace lab
