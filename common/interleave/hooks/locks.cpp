/// Mutexes, reader-writer locks, spin locks: tried for real, so that their own rules hold (who may
/// unlock, what a robust mutex says of its owner's death), and waited for here.
/// @see pthread_mutex_lock(3p), pthread_rwlock_rdlock(3p), pthread_spin_lock(3), C17 7.26.4

#include <pthread.h>
#include <threads.h>

#include <cerrno>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/thrd.h"
#include "common/interleave/core/time.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

// glibc's own bits of pthread_mutex_t::__data.__kind.
constexpr int kind_mask = 3, robust_bit = 16, process_shared_bit = 128;
constexpr int error_checking = PTHREAD_MUTEX_ERRORCHECK;

int kind_of(const pthread_mutex_t* mutex) { return mutex->__data.__kind; }

// @param result  what the attempt to lock it came back with.
void took(std::uint32_t on, int result = 0) {
  // Who takes it from the dead comes after all that the dead has done: it never unlocked.
  if (const std::uint16_t dead = object(on).owner; result == EOWNERDEAD && dead != nobody) {
    me().clock.join(control->thread[dead].clock, control->threads);
  }
  object(on).owner = static_cast<std::uint16_t>(self);
  object(on).owner_path = me().path;
  acquire(on);
}

// Memory that processes share holds a lock that is not made for that.
void check_sharing(std::uint32_t on, bool process_shared, const char* what) {
  if (process_shared) return;
  const Object& lock = object(on);
  if (lock.used_by_processes == 0) return;
  if (lock.used_by_processes == 1 && lock.first_process == me().process) return;
  control->verdict.thread = self;
  control->verdict.object = on;
  control->verdict.path = me().path;
  finish(Outcome::wrong_mechanism, what);
}

int lock(pthread_mutex_t* mutex, std::int64_t deadline, const void* pc) {
  const std::uint32_t on = object_at(mutex, Kind::mutex);
  step(Op::lock, on, pc);
  const int kind = kind_of(mutex);
  object(on).robust = (kind & robust_bit) != 0;
  check_sharing(on, (kind & process_shared_bit) != 0, "mutex");
  while (true) {
    const int result = real::pthread_mutex_trylock(mutex);
    if (result != EBUSY) {
      if (result == 0 || result == EOWNERDEAD) took(on, result);
      did(Op::lock, on, result, true);
      return result;
    }
    if ((kind & kind_mask) == error_checking && object(on).owner == self) {
      did(Op::lock, on, EDEADLK, false);
      return EDEADLK;
    }
    me().partner = object(on).owner;
    const bool woken = wait_for(Op::lock, on, deadline);
    me().partner = nobody;
    if (!woken && me().timed_out) {
      did(Op::lock, on, ETIMEDOUT, false);
      return ETIMEDOUT;
    }
  }
}

int try_to_lock(std::uint32_t on, int result) {
  if (result == 0 || result == EOWNERDEAD) took(on, result);
  did(Op::try_lock, on, result, result == 0 || result == EOWNERDEAD);
  if (result == EBUSY) in_vain(on, 0);
  return result;
}

int try_lock(pthread_mutex_t* mutex, const void* pc) {
  const std::uint32_t on = object_at(mutex, Kind::mutex);
  step(Op::try_lock, on, pc);
  check_sharing(on, (kind_of(mutex) & process_shared_bit) != 0, "mutex");
  return try_to_lock(on, real::pthread_mutex_trylock(mutex));
}

int unlock(pthread_mutex_t* mutex, const void* pc) {
  const std::uint32_t on = object_at(mutex, Kind::mutex);
  step(Op::unlock, on, pc);
  // Some kinds of mutex would say EPERM, which hardly anybody looks at; others would be unlocked.
  if (object(on).owner != self) {
    control->verdict.thread = self;
    control->verdict.other_thread = object(on).owner;
    control->verdict.other_path = object(on).owner_path;
    control->verdict.object = on;
    control->verdict.path = me().path;
    finish(Outcome::lock_misuse, object(on).owner == nobody ? "free" : "owner");
  }
  const int result = real::pthread_mutex_unlock(mutex);
  if (result == 0) {
    release(on);
    // A recursive one may be held still.
    const bool recursive = (kind_of(mutex) & kind_mask) == PTHREAD_MUTEX_RECURSIVE;
    if (!recursive || mutex->__data.__owner == 0) object(on).owner = nobody;
  }
  did(Op::unlock, on, result, result == 0);
  return result;
}

}  // namespace

namespace interleave {

int lock_again(pthread_mutex_t* mutex, std::uint32_t on, const void*) {
  int result = 0;
  while ((result = real::pthread_mutex_trylock(mutex)) == EBUSY) {
    me().partner = object(on).owner;
    wait_for(Op::lock, on);
  }
  me().partner = nobody;
  if (result == 0 || result == EOWNERDEAD) took(on, result);
  did(Op::lock, on, result, true);
  return result;
}

int unlock_for_wait(pthread_mutex_t* mutex, std::uint32_t on) {
  const int result = real::pthread_mutex_unlock(mutex);
  if (result == 0) {
    release(on);
    object(on).owner = nobody;
  }
  did(Op::unlock, on, result, true);
  return result;
}

}  // namespace interleave

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  if (!engaged()) return real::pthread_mutex_lock(mutex);
  const Inside engine;
  return lock(mutex, -1, PC);
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) {
  if (!engaged()) return real::pthread_mutex_timedlock(mutex, until);
  const Inside engine;
  return lock(mutex, virtual_deadline(CLOCK_REALTIME, *until), PC);
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  if (!engaged()) return real::pthread_mutex_clocklock(mutex, clock, until);
  const Inside engine;
  return lock(mutex, virtual_deadline(clock, *until), PC);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  if (!engaged()) return real::pthread_mutex_trylock(mutex);
  const Inside engine;
  return try_lock(mutex, PC);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  if (!engaged()) return real::pthread_mutex_unlock(mutex);
  const Inside engine;
  return unlock(mutex, PC);
}

// --- The mutexes of <threads.h> ------------------------------------------------------------------

// glibc has made them of pthread_mutex_t, and calls its own insides.
static pthread_mutex_t* inside_of(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}

int mtx_lock(mtx_t* mutex) {
  if (!engaged()) return thrd_result(real::pthread_mutex_lock(inside_of(mutex)));
  const Inside engine;
  return thrd_result(lock(inside_of(mutex), -1, PC));
}

int mtx_timedlock(mtx_t* mutex, const timespec* until) {
  if (!engaged()) return thrd_result(real::pthread_mutex_timedlock(inside_of(mutex), until));
  const Inside engine;
  return thrd_result(lock(inside_of(mutex), virtual_deadline(CLOCK_REALTIME, *until), PC));
}

int mtx_trylock(mtx_t* mutex) {
  if (!engaged()) return thrd_result(real::pthread_mutex_trylock(inside_of(mutex)));
  const Inside engine;
  return thrd_result(try_lock(inside_of(mutex), PC));
}

int mtx_unlock(mtx_t* mutex) {
  if (!engaged()) return thrd_result(real::pthread_mutex_unlock(inside_of(mutex)));
  const Inside engine;
  return thrd_result(unlock(inside_of(mutex), PC));
}

// --- Reader-writer locks -------------------------------------------------------------------------

static int lock_shared(pthread_rwlock_t* lock, bool writes, std::int64_t deadline, const void* pc) {
  const Op op = writes ? Op::write_lock : Op::read_lock;
  const std::uint32_t on = object_at(lock, Kind::rwlock);
  step(op, on, pc);
  check_sharing(on, lock->__data.__shared != 0, "rwlock");
  while (true) {
    const int result =
        writes ? real::pthread_rwlock_trywrlock(lock) : real::pthread_rwlock_tryrdlock(lock);
    if (result != EBUSY) {
      if (result == 0) took(on);
      did(op, on, result, true);
      return result;
    }
    me().partner = object(on).owner;
    const bool woken = wait_for(op, on, deadline);
    me().partner = nobody;
    if (!woken && me().timed_out) {
      did(op, on, ETIMEDOUT, false);
      return ETIMEDOUT;
    }
  }
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  if (!engaged()) return real::pthread_rwlock_rdlock(lock);
  const Inside engine;
  return lock_shared(lock, false, -1, PC);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  if (!engaged()) return real::pthread_rwlock_wrlock(lock);
  const Inside engine;
  return lock_shared(lock, true, -1, PC);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
  if (!engaged()) return real::pthread_rwlock_tryrdlock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(lock, Kind::rwlock);
  step(Op::try_lock, on, PC);
  return try_to_lock(on, real::pthread_rwlock_tryrdlock(lock));
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
  if (!engaged()) return real::pthread_rwlock_trywrlock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(lock, Kind::rwlock);
  step(Op::try_lock, on, PC);
  return try_to_lock(on, real::pthread_rwlock_trywrlock(lock));
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  if (!engaged()) return real::pthread_rwlock_unlock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(lock, Kind::rwlock);
  step(Op::unlock, on, PC);
  // A reader's unlock is ordered before the next writer, not before the next reader; to take both
  // for ordered can hide a race, and never makes one up.
  release(on);
  const int result = real::pthread_rwlock_unlock(lock);
  if (object(on).owner == self) object(on).owner = nobody;
  did(Op::unlock, on, result, true);
  return result;
}

// --- Spin locks ----------------------------------------------------------------------------------

int pthread_spin_lock(pthread_spinlock_t* lock) {
  if (!engaged()) return real::pthread_spin_lock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(const_cast<const int*>(lock), Kind::mutex);
  step(Op::lock, on, PC);
  while (real::pthread_spin_trylock(lock) == EBUSY) {
    me().partner = object(on).owner;
    wait_for(Op::lock, on);
  }
  me().partner = nobody;
  took(on);
  did(Op::lock, on, 0, true);
  return 0;
}

int pthread_spin_trylock(pthread_spinlock_t* lock) {
  if (!engaged()) return real::pthread_spin_trylock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(const_cast<const int*>(lock), Kind::mutex);
  step(Op::try_lock, on, PC);
  return try_to_lock(on, real::pthread_spin_trylock(lock));
}

int pthread_spin_unlock(pthread_spinlock_t* lock) {
  if (!engaged()) return real::pthread_spin_unlock(lock);
  const Inside engine;
  const std::uint32_t on = object_at(const_cast<const int*>(lock), Kind::mutex);
  step(Op::unlock, on, PC);
  release(on);
  object(on).owner = nobody;
  const int result = real::pthread_spin_unlock(lock);
  did(Op::unlock, on, result, true);
  return result;
}

}  // extern "C"
