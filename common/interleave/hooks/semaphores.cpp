/// Semaphores, unnamed and named.
/// @see sem_overview(7)

#include <fcntl.h>
#include <semaphore.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/litter.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/time.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

// glibc keeps here with which kind of futex it waits: 0 is one of a single process.
void check_sharing(std::uint32_t on, const sem_t* semaphore) {
  int is_shared = 0;
  std::memcpy(&is_shared, reinterpret_cast<const char*>(semaphore) + 8, sizeof is_shared);
  const Object& used = object(on);
  if (is_shared != 0 || used.used_by_processes == 0) return;
  if (used.used_by_processes == 1 && used.first_process == me().process) return;
  control->verdict.thread = self;
  control->verdict.object = on;
  control->verdict.path = me().path;
  finish(Outcome::wrong_mechanism, "semaphore");
}

int wait(sem_t* semaphore, std::int64_t deadline, const void* pc) {
  const std::uint32_t on = object_at(semaphore, Kind::semaphore);
  step(Op::sem_wait, on, pc);
  check_sharing(on, semaphore);
  while (real::sem_trywait(semaphore) != 0) {
    if (errno != EAGAIN && errno != EINTR) {
      const int error = errno;
      did(Op::sem_wait, on, -1, false);
      errno = error;
      return -1;
    }
    if (wait_for(Op::sem_wait, on, deadline)) continue;
    errno = me().timed_out ? ETIMEDOUT : EINTR;
    const int error = errno;
    did(Op::sem_wait, on, -1, false);
    errno = error;
    return -1;
  }
  acquire(on);
  did(Op::sem_wait, on, 0, true);
  return 0;
}

}  // namespace

extern "C" {

int sem_wait(sem_t* semaphore) {
  if (!engaged()) return real::sem_wait(semaphore);
  const Inside engine;
  return wait(semaphore, -1, PC);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  if (!engaged()) return real::sem_timedwait(semaphore, until);
  const Inside engine;
  return wait(semaphore, virtual_deadline(CLOCK_REALTIME, *until), PC);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  if (!engaged()) return real::sem_clockwait(semaphore, clock, until);
  const Inside engine;
  return wait(semaphore, virtual_deadline(clock, *until), PC);
}

int sem_trywait(sem_t* semaphore) {
  if (!engaged()) return real::sem_trywait(semaphore);
  const Inside engine;
  const std::uint32_t on = object_at(semaphore, Kind::semaphore);
  step(Op::sem_wait, on, PC);
  const int result = real::sem_trywait(semaphore);
  const int error = errno;
  if (result == 0) acquire(on);
  did(Op::sem_wait, on, result, result == 0);
  if (result != 0) in_vain(on, 0);
  errno = error;
  return result;
}

int sem_post(sem_t* semaphore) {
  if (!engaged()) return real::sem_post(semaphore);
  const Inside engine;
  const std::uint32_t on = object_at(semaphore, Kind::semaphore);
  step(Op::sem_post, on, PC);
  check_sharing(on, semaphore);
  release(on);
  const int result = real::sem_post(semaphore);
  const int error = errno;
  did(Op::sem_post, on, result, true);
  errno = error;
  return result;
}

// Named ones are files, which libc maps by itself.
sem_t* sem_open(const char* name, int flags, ...) {
  mode_t mode = 0;
  unsigned value = 0;
  if ((flags & O_CREAT) != 0) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    value = va_arg(list, unsigned);
    va_end(list);
  }
  if (!engaged()) return real::sem_open(name, flags, mode, value);
  const Inside engine;
  step(Op::open, object_of({0, 4}, Kind::world), PC);
  sem_t* semaphore = real::sem_open(name, flags, mode, value);
  const int error = errno;
  if (semaphore != SEM_FAILED) {
    char file[256];
    std::snprintf(file, sizeof file, "/dev/shm/sem.%s", *name == '/' ? name + 1 : name);
    struct stat status {};
    if (raw::call(SYS_stat, file, &status) == 0) {
      const auto page = reinterpret_cast<std::uint64_t>(semaphore) / 4096 * 4096;
      if (mapping_of(page) == nullptr) {
        mapped(reinterpret_cast<void*>(page), 4096, space_of_file(status.st_dev, status.st_ino), 0,
               name);
      }
    }
    if ((flags & O_CREAT) != 0) made(Litter::semaphore, name);
  }
  did(Op::open, object_of({0, 4}, Kind::world), semaphore == SEM_FAILED ? -1 : 0, true);
  errno = error;
  return semaphore;
}

}  // extern "C"
