#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

// Before something is changed, what it was is written down; who finds that puts it back.
struct Ledger::Shared {
  pthread_mutex_t mutex;
  std::size_t capacity;
  std::atomic<bool> changing;
  std::atomic<std::size_t> entries, entries_before;
  std::atomic<std::int64_t> sum, sum_before;
  std::int64_t amount[1];

  void lock() {
    const int error = pthread_mutex_lock(&mutex);
    if (error == 0) return;
    if (error != EOWNERDEAD) throw ipc::SystemError("pthread_mutex_lock", error);
    if (changing) {
      entries = entries_before.load();
      sum = sum_before.load();
      changing = false;
    }
    pthread_mutex_consistent(&mutex);
  }
  void unlock() { pthread_mutex_unlock(&mutex); }
};

std::size_t Ledger::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::int64_t);
}

Ledger Ledger::create(void* memory, std::size_t capacity) {
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  if (const int error = pthread_mutex_init(&shared->mutex, &attributes)) {
    throw ipc::SystemError("pthread_mutex_init", error);
  }
  return Ledger(shared);
}

Ledger Ledger::open(void* memory) { return Ledger(reinterpret_cast<Shared*>(memory)); }

void Ledger::post(std::int64_t amount) {
  Shared& s = *shared_;
  s.lock();
  if (s.entries == s.capacity) {
    s.unlock();
    throw std::length_error("full");
  }
  s.entries_before = s.entries.load();
  s.sum_before = s.sum.load();
  s.changing = true;
  s.sum = s.sum + amount;
  s.entries = s.entries + 1;
  (&s.amount[0])[s.entries - 1] = amount;
  s.changing = false;
  s.unlock();
}

Ledger::Summary Ledger::summary() {
  shared_->lock();
  const Summary summary{shared_->entries, shared_->sum};
  shared_->unlock();
  return summary;
}

void Ledger::read(const std::function<void(std::int64_t)>& look) {
  shared_->lock();
  try {
    for (std::size_t i = 0; i < shared_->entries; ++i) look((&shared_->amount[0])[i]);
  } catch (...) {
    shared_->unlock();
    throw;
  }
  shared_->unlock();
}

}  // namespace lab
