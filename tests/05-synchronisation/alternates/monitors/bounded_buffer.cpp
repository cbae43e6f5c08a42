#include "bounded_buffer.h"

#include <new>
#include <stdexcept>

#include "monitor.h"

namespace lab {

struct BoundedBuffer::Shared {
  Monitor monitor;
  std::size_t capacity, begin, count;
  bool closed;
};

namespace {

// The items lie before the end of the memory: behind the struct.
std::uint64_t* items(void* shared, std::size_t size) {
  return reinterpret_cast<std::uint64_t*>(static_cast<char*>(shared) + size);
}

}  // namespace

std::size_t BoundedBuffer::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::uint64_t);
}

BoundedBuffer BoundedBuffer::create(void* memory, std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("no room");
  return BoundedBuffer(new (memory) Shared{Monitor(), capacity, 0, 0, false});
}

BoundedBuffer BoundedBuffer::open(void* memory) {
  return BoundedBuffer(reinterpret_cast<Shared*>(memory));
}

bool BoundedBuffer::put(std::uint64_t item) {
  Shared& s = *shared_;
  return s.monitor.when([&] { return s.closed || s.count < s.capacity; },
                        [&] {
                          if (s.closed) return false;
                          items(&s, sizeof s)[(s.begin + s.count++) % s.capacity] = item;
                          return true;
                        });
}

std::optional<std::uint64_t> BoundedBuffer::take() {
  Shared& s = *shared_;
  return s.monitor.when([&] { return s.closed || s.count > 0; },
                        [&]() -> std::optional<std::uint64_t> {
                          if (s.count == 0) return std::nullopt;
                          --s.count;
                          const std::size_t at = s.begin;
                          s.begin = (at + 1) % s.capacity;
                          return items(&s, sizeof s)[at];
                        });
}

void BoundedBuffer::close() {
  shared_->monitor.now([&] { shared_->closed = true; });
}

}  // namespace lab
