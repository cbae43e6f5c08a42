/// Threads: their beginning and end.
/// @see pthread_create(3), pthread_join(3), C17 7.26.5

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/shadow.h"
#include "common/interleave/core/thrd.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

struct Start {
  void* (*routine)(void*);
  thrd_start_t routine_of_c;  // of <threads.h>: then `routine` is null
  void* argument;
  std::uint32_t thread;
};

pthread_key_t at_end;

// The last thing of a thread: destructors of its thread_local objects have run by now. Keys are
// destroyed in no order, and so this one asks for another round until the last.
void end(void* rounds) {
  const auto left = reinterpret_cast<std::uintptr_t>(rounds);
  if (left > 1) {
    ::pthread_setspecific(at_end, reinterpret_cast<void*>(left - 1));
    return;
  }
  const Inside engine;
  end_thread();
}

[[gnu::constructor(101)]] void make_key() { ::pthread_key_create(&at_end, end); }

// Not on the heap: what a new thread does there before its first turn would come in any order.
Start starts[most_threads];

void* run(void* argument) {
  const Start start = *static_cast<Start*>(argument);
  ++inside;
  // A stack is used again and again: what others did with it lies before.
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) == 0) {
    void* stack = nullptr;
    std::size_t size = 0;
    ::pthread_attr_getstack(&attributes, &stack, &size);
    ::pthread_attr_destroy(&attributes);
    begin_thread(start.thread);
    forget(reinterpret_cast<std::uint64_t>(stack), size);
  } else {
    begin_thread(start.thread);
  }
  ::pthread_setspecific(at_end, reinterpret_cast<void*>(std::uintptr_t{4}));
  did(Op::begin, object_of({2, self}, Kind::thread), 0, false);
  --inside;
  if (start.routine != nullptr) return start.routine(start.argument);
  return reinterpret_cast<void*>(std::intptr_t{start.routine_of_c(start.argument)});
}

// Which pthread_t is which of our threads; of this process.
struct Known {
  pthread_t handle;
  std::uint32_t thread;
};
Known known[most_threads];

int create(pthread_t* handle, const pthread_attr_t* attributes, Start start, const void* pc) {
  const std::uint32_t everything = object_of({0, 0}, Kind::world);
  step(Op::create, everything, pc);
  watches_private_memory = true;
  const std::uint32_t thread = new_thread(me().process);
  start.thread = thread;
  starts[thread] = start;
  const int error = real::pthread_create(handle, attributes, run, &starts[thread]);
  if (error != 0) {
    control->thread[thread].state = State::ended;
    return error;
  }
  known[thread] = {*handle, thread};
  did(Op::create, everything, thread, true);
  return 0;
}

int join(pthread_t handle, void** result, const void* pc) {
  std::uint32_t thread = nobody;
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    if (known[i].handle == handle && control->thread[i].process == me().process) thread = i;
  }
  if (thread == nobody) return real::pthread_join(handle, result);
  const std::uint32_t end = object_of({2, thread}, Kind::thread);
  step(Op::join, end, pc);
  while (control->thread[thread].state != State::ended) {
    me().partner = thread;
    wait_for(Op::join, end);
  }
  me().partner = nobody;
  acquire(end);
  known[thread] = {};
  const int error = real::pthread_join(handle, result);
  did(Op::join, end, 0, false);
  return error;
}

}  // namespace

extern "C" {

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
  if (!engaged()) return real::pthread_create(handle, attributes, routine, argument);
  const Inside engine;
  return create(handle, attributes, {routine, nullptr, argument, nobody}, PC);
}

int pthread_join(pthread_t handle, void** result) {
  if (!engaged()) return real::pthread_join(handle, result);
  const Inside engine;
  return join(handle, result, PC);
}

int thrd_create(thrd_t* handle, thrd_start_t routine, void* argument) {
  if (!engaged()) return real::thrd_create(handle, routine, argument);
  const Inside engine;
  return thrd_result(create(handle, nullptr, {nullptr, routine, argument, nobody}, PC));
}

int thrd_join(thrd_t handle, int* result) {
  if (!engaged()) return real::thrd_join(handle, result);
  const Inside engine;
  void* returned = nullptr;
  const int error = join(handle, &returned, PC);
  if (error == 0 && result != nullptr) {
    *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  }
  return thrd_result(error);
}

}  // extern "C"
