#include "readers_writer_lock.h"

#include <mutex>
#include <new>

#include "futex.h"

namespace lab {

// Batches: when a writer leaves, all readers that wait are let in, and their batch is closed.
struct ReadersWriterLock::Shared {
  Mutex mutex;
  Event batch_begins, writers_turn;
  unsigned batch = 0, readers = 0, next_readers = 0, writers_waiting = 0;
  bool writer = false;
};

std::size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  return ReadersWriterLock(new (memory) Shared);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock(static_cast<Shared*>(memory));
}

void ReadersWriterLock::lock_shared() {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->writer && shared_->writers_waiting == 0) {
    ++shared_->readers;
    return;
  }
  ++shared_->next_readers;
  for (const unsigned mine = shared_->batch; shared_->batch == mine;) {
    shared_->batch_begins.wait(shared_->mutex);
  }
}

void ReadersWriterLock::unlock_shared() {
  const std::lock_guard lock(shared_->mutex);
  if (--shared_->readers == 0) shared_->writers_turn.happens();
}

void ReadersWriterLock::lock() {
  const std::lock_guard lock(shared_->mutex);
  ++shared_->writers_waiting;
  while (shared_->writer || shared_->readers > 0) shared_->writers_turn.wait(shared_->mutex);
  --shared_->writers_waiting;
  shared_->writer = true;
}

void ReadersWriterLock::unlock() {
  const std::lock_guard lock(shared_->mutex);
  shared_->writer = false;
  shared_->readers = shared_->next_readers;
  shared_->next_readers = 0;
  ++shared_->batch;
  shared_->batch_begins.happens();
  if (shared_->readers == 0) shared_->writers_turn.happens();
}

}  // namespace lab
