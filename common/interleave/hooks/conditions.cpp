/// Condition variables, barriers, and what happens once: modelled altogether, because which waiter
/// is woken, and whether one wakes for no reason, is a choice.
/// @see pthread_cond_wait(3p), pthread_barrier_wait(3p), pthread_once(3p), C17 7.26.3

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>

#include "common/interleave/core/atomics.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/locks.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/thrd.h"
#include "common/interleave/core/time.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreserved-identifier"  // names that the compiler has chosen
#endif

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

// The threads that wait for a condition: those whose op and object say so and that nobody has
// woken.
std::uint32_t waiters_of(std::uint32_t on, std::uint32_t (&list)[most_threads]) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    const Thread& thread = control->thread[i];
    if (thread.state == State::waiting && thread.waits_for_condition == on) list[count++] = i;
  }
  return count;
}

void notify(std::uint32_t thread) {
  control->thread[thread].waits_for_condition = nothing;
  control->thread[thread].state = State::runnable;
}

// glibc marks a condition variable that is process-shared by this bit.
bool is_shared(const pthread_cond_t* cond) { return (cond->__data.__wrefs & 1U) != 0; }

void check_sharing(std::uint32_t on, const pthread_cond_t* cond) {
  const Object& condition = object(on);
  if (is_shared(cond) || condition.used_by_processes == 0) return;
  if (condition.used_by_processes == 1 && condition.first_process == me().process) return;
  control->verdict.thread = self;
  control->verdict.object = on;
  control->verdict.path = me().path;
  finish(Outcome::wrong_mechanism, "cond");
}

int wait(pthread_cond_t* cond, pthread_mutex_t* mutex, std::int64_t deadline, const void* pc) {
  const std::uint32_t on = object_at(cond, Kind::cond);
  const std::uint32_t lock = object_at(mutex, Kind::mutex);
  step(Op::cond_wait, on, pc);
  check_sharing(on, cond);
  const int error = unlock_for_wait(mutex, lock);
  if (error != 0) return error;
  did(Op::cond_wait, on, 0, false);
  Thread& thread = me();
  const std::uint32_t where = thread.path;
  int result = 0;
  if (control->plan.spurious && choose(Choice::spurious, 2) == 1) {
    // Woken for no reason, as POSIX allows.
  } else {
    thread.waits_for_condition = on;
    while (thread.waits_for_condition == on) {
      wait_for(Op::cond_wait, on, deadline);
      if (thread.timed_out && thread.waits_for_condition == on) {
        thread.waits_for_condition = nothing;
        result = ETIMEDOUT;
      }
    }
  }
  acquire(on);
  thread.path = where;
  const int again = lock_again(mutex, lock, pc);
  return again != 0 ? again : result;
}

void signal(pthread_cond_t* cond, const void* pc) {
  const std::uint32_t on = object_at(cond, Kind::cond);
  step(Op::cond_signal, on, pc);
  check_sharing(on, cond);
  release(on);
  std::uint32_t list[most_threads];
  const std::uint32_t count = waiters_of(on, list);
  if (count > 0) notify(list[choose(Choice::waiter, count)]);
  did(Op::cond_signal, on, count, true);
}

void broadcast(pthread_cond_t* cond, const void* pc) {
  const std::uint32_t on = object_at(cond, Kind::cond);
  step(Op::cond_broadcast, on, pc);
  check_sharing(on, cond);
  release(on);
  std::uint32_t list[most_threads];
  const std::uint32_t count = waiters_of(on, list);
  for (std::uint32_t i = 0; i < count; ++i) notify(list[i]);
  did(Op::cond_broadcast, on, count, true);
}

// glibc has made the types of <threads.h> of those of pthreads, and calls its own insides.
pthread_cond_t* inside_of(cnd_t* cond) { return reinterpret_cast<pthread_cond_t*>(cond); }
pthread_mutex_t* inside_of(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }

}  // namespace

extern "C" {

int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex) {
  if (!engaged()) return real::pthread_cond_wait(cond, mutex);
  const Inside engine;
  return wait(cond, mutex, -1, PC);
}

int pthread_cond_timedwait(pthread_cond_t* cond, pthread_mutex_t* mutex, const timespec* until) {
  if (!engaged()) return real::pthread_cond_timedwait(cond, mutex, until);
  const Inside engine;
  const bool monotonic = (cond->__data.__wrefs & 2U) != 0;
  const clockid_t clock = monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
  return wait(cond, mutex, virtual_deadline(clock, *until), PC);
}

int pthread_cond_clockwait(pthread_cond_t* cond, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  if (!engaged()) return real::pthread_cond_clockwait(cond, mutex, clock, until);
  const Inside engine;
  return wait(cond, mutex, virtual_deadline(clock, *until), PC);
}

int pthread_cond_signal(pthread_cond_t* cond) {
  if (!engaged()) return real::pthread_cond_signal(cond);
  const Inside engine;
  signal(cond, PC);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* cond) {
  if (!engaged()) return real::pthread_cond_broadcast(cond);
  const Inside engine;
  broadcast(cond, PC);
  return 0;
}

int cnd_wait(cnd_t* cond, mtx_t* mutex) {
  if (!engaged()) return thrd_result(real::pthread_cond_wait(inside_of(cond), inside_of(mutex)));
  const Inside engine;
  return thrd_result(wait(inside_of(cond), inside_of(mutex), -1, PC));
}

int cnd_timedwait(cnd_t* cond, mtx_t* mutex, const timespec* until) {
  if (!engaged()) {
    return thrd_result(real::pthread_cond_timedwait(inside_of(cond), inside_of(mutex), until));
  }
  const Inside engine;
  const std::int64_t deadline = virtual_deadline(CLOCK_REALTIME, *until);
  return thrd_result(wait(inside_of(cond), inside_of(mutex), deadline, PC));
}

int cnd_signal(cnd_t* cond) {
  if (!engaged()) return thrd_result(real::pthread_cond_signal(inside_of(cond)));
  const Inside engine;
  signal(inside_of(cond), PC);
  return thrd_success;
}

int cnd_broadcast(cnd_t* cond) {
  if (!engaged()) return thrd_result(real::pthread_cond_broadcast(inside_of(cond)));
  const Inside engine;
  broadcast(inside_of(cond), PC);
  return thrd_success;
}

// --- Barriers ------------------------------------------------------------------------------------

int pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attributes,
                         unsigned count) {
  const int result = real::pthread_barrier_init(barrier, attributes, count);
  if (!engaged() || result != 0) return result;
  const Inside engine;
  Object& on = object(object_at(barrier, Kind::barrier));
  on.limit = count;
  on.count = 0;
  return 0;
}

int pthread_barrier_wait(pthread_barrier_t* barrier) {
  if (!engaged()) return real::pthread_barrier_wait(barrier);
  const Inside engine;
  const std::uint32_t on = object_at(barrier, Kind::barrier);
  step(Op::barrier, on, PC);
  Object& meeting = object(on);
  release(on);
  if (++meeting.count >= meeting.limit) {
    meeting.count = 0;
    ++meeting.generation;
    acquire(on);
    did(Op::barrier, on, PTHREAD_BARRIER_SERIAL_THREAD, true);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  const std::uint32_t generation = meeting.generation;
  did(Op::barrier, on, 0, false);
  while (meeting.generation == generation) wait_for(Op::barrier, on);
  acquire(on);
  return 0;
}

// --- Once ----------------------------------------------------------------------------------------

static int once(pthread_once_t* control_word, void (*routine)(), const void* pc) {
  ++inside;
  const std::uint32_t on = object_at(control_word, Kind::once);
  step(Op::once, on, pc);
  Object& once = object(on);
  // Another one by now, in the memory of one that is gone: std::once_flag has no destructor.
  if (*control_word == PTHREAD_ONCE_INIT && once.count == 2) once.count = 0;
  while (once.count == 1) wait_for(Op::once, on);
  if (once.count == 2) {
    acquire(on);
    did(Op::once, on, 0, false);
    --inside;
    return 0;
  }
  once.count = 1;
  once.owner = static_cast<std::uint16_t>(self);
  did(Op::once, on, 1, true);
  --inside;
  struct Undo {  // a routine that throws has not been run
    std::uint32_t on;
    pthread_once_t* control_word;
    bool done = false;
    ~Undo() {
      const Inside engine;
      object(on).count = done ? 2 : 0;
      if (done) *control_word = 2;  // as glibc does
      object(on).owner = nobody;
      release(on);
      did(Op::once, on, 2, true);
    }
  } undo{on, control_word};
  routine();
  undo.done = true;
  return 0;
}

int pthread_once(pthread_once_t* control_word, void (*routine)()) {
  if (!engaged()) return real::pthread_once(control_word, routine);
  return once(control_word, routine, PC);
}

void call_once(once_flag* flag, void (*routine)()) {
  auto* control_word = reinterpret_cast<pthread_once_t*>(flag);
  if (!engaged()) {
    real::pthread_once(control_word, routine);
  } else {
    once(control_word, routine, PC);
  }
}

// A static variable of a function: g++ guards its initialisation by these.
int __cxa_guard_acquire(std::uint64_t* guard) {
  auto* done = reinterpret_cast<unsigned char*>(guard);
  if (!engaged()) {
    if (*done != 0 || done[1] != 0) return 0;
    done[1] = 1;
    return 1;
  }
  const Inside engine;
  const std::uint32_t on = object_at(guard, Kind::once);
  step(Op::once, on, PC);
  while (*done == 0 && done[1] != 0) wait_for(Op::once, on);
  acquire(on);
  if (*done != 0) return 0;
  done[1] = 1;
  object(on).owner = static_cast<std::uint16_t>(self);
  did(Op::once, on, 1, true);
  return 1;
}

void __cxa_guard_release(std::uint64_t* guard) {
  auto* done = reinterpret_cast<unsigned char*>(guard);
  // Whoever comes later reads this byte first, and asks us only if it is 0.
  atomics::store(done, static_cast<unsigned char>(1), atomics::Order::release, PC);
  done[1] = 0;
  if (!engaged()) return;
  const Inside engine;
  const std::uint32_t on = object_at(guard, Kind::once);
  release(on);
  object(on).owner = nobody;
  did(Op::once, on, 2, true);
}

void __cxa_guard_abort(std::uint64_t* guard) {
  auto* done = reinterpret_cast<unsigned char*>(guard);
  done[1] = 0;
  if (!engaged()) return;
  const Inside engine;
  did(Op::once, object_at(guard, Kind::once), 0, true);
}

}  // extern "C"
