#include "bounded_buffer.h"

#include <pthread.h>

#include <new>
#include <stdexcept>

#include "common/ipc/system_error.h"

namespace lab {

/// What lies in the shared memory. The numbers lie behind it, in a ring: an index means the same at
/// any address.
struct BoundedBuffer::Shared {
  pthread_mutex_t mutex;
  // Two, so that a `put` never wakes a producer, and a `take` never a consumer: with one for both,
  // a signal could go to somebody who cannot use it, and go to sleep again with him.
  pthread_cond_t not_empty;
  pthread_cond_t not_full;
  std::size_t capacity;
  std::size_t oldest;  // its index
  std::size_t count;
  bool closed;

  std::uint64_t* items() { return reinterpret_cast<std::uint64_t*>(this + 1); }
};

namespace {

// pthreads return the error, and leave errno alone.
void expect(int result, const char* call) {
  if (result != 0) throw ipc::SystemError(call, result);
}

void make_shared(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  expect(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  // Without this the kernel looks for sleepers of the same process only.
  expect(::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
         "pthread_mutexattr_setpshared");
  expect(::pthread_mutex_init(&mutex, &attributes), "pthread_mutex_init");
  ::pthread_mutexattr_destroy(&attributes);
}

void make_shared(pthread_cond_t& condition) {
  pthread_condattr_t attributes;
  expect(::pthread_condattr_init(&attributes), "pthread_condattr_init");
  expect(::pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
         "pthread_condattr_setpshared");
  expect(::pthread_cond_init(&condition, &attributes), "pthread_cond_init");
  ::pthread_condattr_destroy(&attributes);
}

/// Holds a mutex for as long as it lives, so that every way out of a function unlocks it.
class Locked {
 public:
  explicit Locked(pthread_mutex_t& mutex) : mutex_(mutex) {
    expect(::pthread_mutex_lock(&mutex_), "pthread_mutex_lock");
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { ::pthread_mutex_unlock(&mutex_); }

  /// Unlocks the mutex, waits, and has it again, all in one: no signal can be missed in between.
  void wait(pthread_cond_t& condition) {
    expect(::pthread_cond_wait(&condition, &mutex_), "pthread_cond_wait");
  }

 private:
  pthread_mutex_t& mutex_;
};

}  // namespace

std::size_t BoundedBuffer::size_for(std::size_t capacity) {
  return sizeof(Shared) + capacity * sizeof(std::uint64_t);
}

BoundedBuffer BoundedBuffer::create(void* memory, std::size_t capacity) {
  if (capacity == 0) throw std::invalid_argument("a buffer without room");
  auto* shared = new (memory) Shared{};
  shared->capacity = capacity;
  make_shared(shared->mutex);
  make_shared(shared->not_empty);
  make_shared(shared->not_full);
  return BoundedBuffer(shared);
}

BoundedBuffer BoundedBuffer::open(void* memory) {
  return BoundedBuffer(static_cast<Shared*>(memory));
}

bool BoundedBuffer::put(std::uint64_t item) {
  Locked lock(shared_->mutex);
  // `while`: between the signal and our having the mutex again another producer may have come, and
  // taken the place. A wait may also end for no reason at all.
  while (shared_->count == shared_->capacity && !shared_->closed) lock.wait(shared_->not_full);
  if (shared_->closed) return false;
  shared_->items()[(shared_->oldest + shared_->count) % shared_->capacity] = item;
  ++shared_->count;
  // One number is for one consumer: more than one need not wake.
  ::pthread_cond_signal(&shared_->not_empty);
  return true;
}

std::optional<std::uint64_t> BoundedBuffer::take() {
  Locked lock(shared_->mutex);
  while (shared_->count == 0 && !shared_->closed) lock.wait(shared_->not_empty);
  // Closed and not empty: what is in it is still to be taken.
  if (shared_->count == 0) return std::nullopt;
  const std::uint64_t item = shared_->items()[shared_->oldest];
  shared_->oldest = (shared_->oldest + 1) % shared_->capacity;
  --shared_->count;
  ::pthread_cond_signal(&shared_->not_full);
  return item;
}

void BoundedBuffer::close() {
  const Locked lock(shared_->mutex);
  shared_->closed = true;
  // This is news for everybody, on both sides. A signal would let one of them go and leave the
  // others asleep: nobody comes after a close to wake them.
  ::pthread_cond_broadcast(&shared_->not_empty);
  ::pthread_cond_broadcast(&shared_->not_full);
}

}  // namespace lab
