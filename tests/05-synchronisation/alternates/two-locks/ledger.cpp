#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

// A redo log: from the moment when `pending` is set, what it says is going to be done, by the one
// who said it or by the next one.
struct Ledger::Shared {
  pthread_mutex_t mutex;
  std::size_t capacity;
  struct {
    std::size_t entries;
    std::int64_t amount, sum;
  } planned;
  std::atomic<int> pending;
  std::size_t entries;
  std::int64_t sum;
  std::int64_t* list() { return reinterpret_cast<std::int64_t*>(this + 1); }

  void carry_out() {
    if (pending.load() == 0) return;
    list()[planned.entries - 1] = planned.amount;
    sum = planned.sum;
    entries = planned.entries;
    pending.store(0);
  }
};

namespace {

template <class Shared>
struct Hold {
  Shared* shared;
  explicit Hold(Shared* s) : shared(s) {
    const int error = pthread_mutex_lock(&shared->mutex);
    if (error != 0 && error != EOWNERDEAD) throw ipc::SystemError("pthread_mutex_lock", error);
    if (error == EOWNERDEAD) {
      shared->carry_out();
      pthread_mutex_consistent(&shared->mutex);
    }
  }
  ~Hold() { pthread_mutex_unlock(&shared->mutex); }
};

}  // namespace

std::size_t Ledger::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::int64_t);
}

Ledger Ledger::create(void* memory, std::size_t capacity) {
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&shared->mutex, &attributes);
  return Ledger(shared);
}

Ledger Ledger::open(void* memory) { return Ledger(static_cast<Shared*>(memory)); }

void Ledger::post(std::int64_t amount) {
  const Hold hold(shared_);
  if (shared_->entries == shared_->capacity) throw std::length_error("full");
  shared_->planned = {shared_->entries + 1, amount, shared_->sum + amount};
  shared_->pending.store(1);
  shared_->carry_out();
}

Ledger::Summary Ledger::summary() {
  const Hold hold(shared_);
  return {shared_->entries, shared_->sum};
}

void Ledger::read(const std::function<void(std::int64_t)>& look) {
  const Hold hold(shared_);
  for (std::size_t i = 0; i != shared_->entries; ++i) look(shared_->list()[i]);
}

}  // namespace lab
