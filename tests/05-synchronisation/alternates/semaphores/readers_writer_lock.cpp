#include "readers_writer_lock.h"

#include <new>

#include "tokens.h"

namespace lab {

// Everybody stands in one queue, and stays at its head until inside.
struct ReadersWriterLock::Shared {
  sem_t queue, counting, room;
  int readers;
};

std::size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  auto* shared = new (memory) Shared{};
  make(shared->queue, 1);
  make(shared->counting, 1);
  make(shared->room, 1);
  return ReadersWriterLock(shared);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock(reinterpret_cast<Shared*>(memory));
}

void ReadersWriterLock::lock_shared() {
  down(shared_->queue);
  down(shared_->counting);
  const bool first = shared_->readers++ == 0;
  up(shared_->counting);
  if (first) down(shared_->room);
  up(shared_->queue);
}

void ReadersWriterLock::unlock_shared() {
  down(shared_->counting);
  const bool last = --shared_->readers == 0;
  if (last) up(shared_->room);
  up(shared_->counting);
}

void ReadersWriterLock::lock() {
  down(shared_->queue);
  down(shared_->room);
  up(shared_->queue);
}

void ReadersWriterLock::unlock() { up(shared_->room); }

}  // namespace lab
