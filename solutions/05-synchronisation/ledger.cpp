#include "ledger.h"

#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <numeric>
#include <span>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

/// What lies in the shared memory; the amounts lie behind it.
///
/// While nobody is inside, `sum` is the sum of the first `entries` amounts. In the middle of a
/// `post` it may not be, and there somebody may die. So one of the two is the truth, and the other
/// can be computed from it: an entry is in the ledger from the moment when `entries` counts it.
struct Ledger::Shared {
  pthread_mutex_t mutex;
  std::size_t capacity;
  // Atomic, though it is only touched with the mutex held: it is the order of the writes that
  // counts here, and a compiler may exchange plain ones, because nobody who takes the mutex could
  // tell. Who takes it from the dead can.
  std::atomic<std::size_t> entries;
  std::int64_t sum;

  std::int64_t* amounts() { return reinterpret_cast<std::int64_t*>(this + 1); }
  std::span<const std::int64_t> posted() { return {amounts(), entries.load()}; }
};

namespace {

// pthreads return the error, and leave errno alone.
void expect(int result, const char* call) {
  if (result != 0) throw ipc::SystemError(call, result);
}

/// Holds a robust mutex for as long as it lives.
class Locked {
 public:
  /// @param repair  makes true again what has to be true while nobody is inside.
  template <class Repair>
  Locked(pthread_mutex_t& mutex, Repair repair) : mutex_(mutex) {
    const int result = ::pthread_mutex_lock(&mutex_);
    if (result == EOWNERDEAD) {
      // We have the mutex, and whoever had it before us is gone, wherever he was. First repair, and
      // then say so: if we die in between, the next one is told as we were, and repairs again.
      // Without pthread_mutex_consistent our unlock would make the mutex useless for ever.
      repair();
      expect(::pthread_mutex_consistent(&mutex_), "pthread_mutex_consistent");
    } else {
      // Then we do not have it, and must not unlock it: who throws in a constructor has no
      // destructor.
      expect(result, "pthread_mutex_lock");
    }
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t& mutex_;
};

// From the truth alone, whatever was being done: right after any step, and as often as you like.
auto repair_of(auto* shared) {
  return [shared] {
    const auto posted = shared->posted();
    shared->sum = std::accumulate(posted.begin(), posted.end(), std::int64_t{0});
  };
}

}  // namespace

std::size_t Ledger::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::int64_t);
}

Ledger Ledger::create(void* memory, std::size_t capacity) {
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  pthread_mutexattr_t attributes;
  expect(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  expect(::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
         "pthread_mutexattr_setpshared");
  expect(::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST),
         "pthread_mutexattr_setrobust");
  expect(::pthread_mutex_init(&shared->mutex, &attributes), "pthread_mutex_init");
  ::pthread_mutexattr_destroy(&attributes);
  return Ledger(shared);
}

Ledger Ledger::open(void* memory) { return Ledger(static_cast<Shared*>(memory)); }

void Ledger::post(std::int64_t amount) {
  const Locked lock(shared_->mutex, repair_of(shared_));
  const std::size_t entries = shared_->entries.load();
  if (entries == shared_->capacity) throw std::length_error("the ledger is full");
  // Who dies here has done nothing: nobody looks behind the last entry.
  shared_->amounts()[entries] = amount;
  // From here on it is an entry. `release` keeps the amount before it.
  shared_->entries.store(entries + 1, std::memory_order_release);
  // Who dies here leaves a sum that is too small; the next one knows how to repair it.
  shared_->sum += amount;
}

Ledger::Summary Ledger::summary() {
  const Locked lock(shared_->mutex, repair_of(shared_));
  return {shared_->entries.load(), shared_->sum};
}

void Ledger::read(const std::function<void(std::int64_t)>& look) {
  const Locked lock(shared_->mutex, repair_of(shared_));
  for (const std::int64_t amount : shared_->posted()) look(amount);
}

}  // namespace lab
