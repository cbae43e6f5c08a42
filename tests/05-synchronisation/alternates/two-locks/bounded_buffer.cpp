#include "bounded_buffer.h"

#include <semaphore.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>
#include <stdexcept>

#include "shared_mutex.h"

namespace lab {

struct BoundedBuffer::Shared {
  SharedMutex front, back;  // of consumers, of producers
  sem_t items, places;
  std::atomic<bool> closed = false;
  std::size_t capacity, first = 0;
  std::atomic<std::size_t> behind = 0;

  std::uint64_t* ring() { return reinterpret_cast<std::uint64_t*>(this + 1); }

  static void wait(sem_t& semaphore) {
    while (sem_wait(&semaphore) != 0) {
      if (errno != EINTR) throw ipc::SystemError("sem_wait");
    }
  }
};

std::size_t BoundedBuffer::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::uint64_t);
}

BoundedBuffer BoundedBuffer::create(void* memory, std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("nothing fits");
  auto* shared = new (memory) Shared;
  shared->capacity = capacity;
  if (sem_init(&shared->items, 1, 0) != 0 ||
      sem_init(&shared->places, 1, static_cast<unsigned>(capacity)) != 0) {
    throw ipc::SystemError("sem_init");
  }
  return BoundedBuffer(shared);
}

BoundedBuffer BoundedBuffer::open(void* memory) {
  return BoundedBuffer(static_cast<Shared*>(memory));
}

bool BoundedBuffer::put(std::uint64_t item) {
  Shared::wait(shared_->places);
  {
    const std::lock_guard lock(shared_->back);
    if (!shared_->closed) {
      const std::size_t at = shared_->behind;
      shared_->ring()[at % shared_->capacity] = item;
      shared_->behind = at + 1;
      sem_post(&shared_->items);
      return true;
    }
  }
  sem_post(&shared_->places);  // for the next one, who will learn the same
  return false;
}

std::optional<std::uint64_t> BoundedBuffer::take() {
  Shared::wait(shared_->items);
  {
    const std::lock_guard lock(shared_->front);
    if (shared_->first != shared_->behind) {
      const std::uint64_t item = shared_->ring()[shared_->first++ % shared_->capacity];
      sem_post(&shared_->places);
      return item;
    }
  }
  sem_post(&shared_->items);
  return std::nullopt;
}

void BoundedBuffer::close() {
  {
    // No `put` is half done: what is in now is all there will ever be.
    const std::lock_guard lock(shared_->back);
    if (shared_->closed.exchange(true)) return;
  }
  sem_post(&shared_->places);
  sem_post(&shared_->items);
}

}  // namespace lab
