#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

// Count and sum are written where nobody looks, and then one word says that these count now.
struct Ledger::Shared {
  pthread_mutex_t mutex;
  std::size_t capacity;
  std::atomic<unsigned> current;
  Summary summary[2];
  std::int64_t amounts[1];

  Summary& now() { return summary[current.load() & 1]; }

  template <class Body>
  auto alone(Body body) {
    int error = pthread_mutex_lock(&mutex);
    if (error == EOWNERDEAD) error = pthread_mutex_consistent(&mutex);
    if (error != 0) throw ipc::SystemError("pthread_mutex_lock", error);
    struct Unlock {
      pthread_mutex_t& mutex;
      ~Unlock() { pthread_mutex_unlock(&mutex); }
    } unlock{mutex};
    return body();
  }
};

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
  pthread_mutex_init(&shared->mutex, &attributes);
  return Ledger(shared);
}

Ledger Ledger::open(void* memory) { return Ledger(reinterpret_cast<Shared*>(memory)); }

void Ledger::post(std::int64_t amount) {
  Shared& s = *shared_;
  s.alone([&] {
    const Summary old = s.now();
    if (old.entries == s.capacity) throw std::length_error("full");
    (&s.amounts[0])[old.entries] = amount;
    s.summary[(s.current + 1) & 1] = {old.entries + 1, old.sum + amount};
    s.current.fetch_add(1);
  });
}

Ledger::Summary Ledger::summary() {
  return shared_->alone([&] { return shared_->now(); });
}

void Ledger::read(const std::function<void(std::int64_t)>& look) {
  shared_->alone([&] {
    for (std::size_t i = 0; i < shared_->now().entries; ++i) look((&shared_->amounts[0])[i]);
  });
}

}  // namespace lab
