#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <new>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

// What can be computed is not kept, and what is not kept need not be repaired.
struct Ledger::Shared {
  pthread_mutex_t mutex;
  std::size_t capacity;
  std::atomic<std::size_t> entries;

  std::int64_t& amount(std::size_t i) { return reinterpret_cast<std::int64_t*>(this + 1)[i]; }

  struct Unlock {
    void operator()(pthread_mutex_t* mutex) const { pthread_mutex_unlock(mutex); }
  };
  std::unique_ptr<pthread_mutex_t, Unlock> lock() {
    switch (const int error = pthread_mutex_lock(&mutex)) {
      case EOWNERDEAD:
        pthread_mutex_consistent(&mutex);
        [[fallthrough]];
      case 0:
        return std::unique_ptr<pthread_mutex_t, Unlock>(&mutex);
      default:
        throw ipc::SystemError("pthread_mutex_lock", error);
    }
  }
};

std::size_t Ledger::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::int64_t);
}

Ledger Ledger::create(void* memory, std::size_t capacity) {
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  pthread_mutexattr_t robust;
  pthread_mutexattr_init(&robust);
  pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&shared->mutex, &robust);
  return Ledger(shared);
}

Ledger Ledger::open(void* memory) { return Ledger(static_cast<Shared*>(memory)); }

void Ledger::post(std::int64_t amount) {
  const auto lock = shared_->lock();
  const std::size_t entries = shared_->entries;
  if (entries >= shared_->capacity) throw std::length_error("the ledger is full");
  shared_->amount(entries) = amount;
  shared_->entries = entries + 1;
}

Ledger::Summary Ledger::summary() {
  const auto lock = shared_->lock();
  Summary summary{shared_->entries, 0};
  for (std::size_t i = 0; i < summary.entries; ++i) summary.sum += shared_->amount(i);
  return summary;
}

void Ledger::read(const std::function<void(std::int64_t)>& look) {
  const auto lock = shared_->lock();
  for (std::size_t i = 0; i < shared_->entries; ++i) look(shared_->amount(i));
}

}  // namespace lab
