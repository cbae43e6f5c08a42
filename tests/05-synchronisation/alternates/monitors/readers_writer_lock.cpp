#include "readers_writer_lock.h"

#include <cstdint>
#include <new>

#include "monitor.h"

namespace lab {

// First come, first served.
struct ReadersWriterLock::Shared {
  Monitor monitor;
  std::uint64_t tickets = 0, turn = 0, readers = 0;
  bool writer = false;

  template <class Free>
  void enter(Free free, bool as_writer) {
    const std::uint64_t mine = monitor.now([&] { return tickets++; });
    monitor.when([&] { return turn == mine && free(); },
                 [&] {
                   ++turn;
                   if (as_writer) writer = true;
                   if (!as_writer) ++readers;
                 });
  }
};

std::size_t ReadersWriterLock::size() { return sizeof(Shared); }

ReadersWriterLock ReadersWriterLock::create(void* memory) {
  return ReadersWriterLock(new (memory) Shared);
}

ReadersWriterLock ReadersWriterLock::open(void* memory) {
  return ReadersWriterLock(reinterpret_cast<Shared*>(memory));
}

void ReadersWriterLock::lock_shared() {
  shared_->enter([this] { return !shared_->writer; }, false);
}

void ReadersWriterLock::unlock_shared() {
  shared_->monitor.now([this] { --shared_->readers; });
}

void ReadersWriterLock::lock() {
  shared_->enter([this] { return !shared_->writer && shared_->readers == 0; }, true);
}

void ReadersWriterLock::unlock() {
  shared_->monitor.now([this] { shared_->writer = false; });
}

}  // namespace lab
