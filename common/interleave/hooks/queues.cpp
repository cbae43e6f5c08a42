/// Message queues, POSIX and System V, and System V semaphores.
/// @see mq_overview(7), sysvipc(7)

#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "common/interleave/core/descriptors.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/litter.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/time.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

constexpr timespec long_ago{0, 1};  // a deadline that has passed: tried once, and no more

// The kernel looks at the deadline before it looks at the queue.
bool is_moment(const timespec& time) {
  if (time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < 1'000'000'000) return true;
  errno = EINVAL;
  return false;
}

std::uint32_t queue_of(mqd_t queue) {
  const QueueName name(queue);
  return object_of({8, object_of_descriptor(queue)}, Kind::queue,
                   name.text()[0] != '\0' ? name.text() : "a message queue");
}

bool is_nonblocking_queue(mqd_t queue) {
  mq_attr attributes{};
  return real::mq_getattr(queue, &attributes) == 0 && (attributes.mq_flags & O_NONBLOCK) != 0;
}

template <class Call>
long until_done(Op op, std::uint32_t on, bool dont_wait, std::int64_t deadline, int would_block,
                const void* pc, Call call) {
  step(op, on, pc);
  while (true) {
    const long result = call();
    const int error = errno;
    if (result >= 0 || error != would_block || dont_wait) {
      if (result >= 0) {
        acquire(on);
        release(on);
      }
      did(op, on, result < 0 ? -error : result, result >= 0);
      if (result >= 0) wake_descriptors();
      if (result < 0) in_vain(on, 0);
      errno = error;
      return result;
    }
    if (wait_for(op, on, deadline)) continue;
    errno = me().timed_out ? ETIMEDOUT : EINTR;
    const int why = errno;
    did(op, on, -why, false);
    errno = why;
    return -1;
  }
}

int send(mqd_t queue, const char* text, size_t size, unsigned priority, std::int64_t deadline,
         const void* pc) {
  const bool dont_wait = is_nonblocking_queue(queue);
  return static_cast<int>(
      until_done(Op::mq_send, queue_of(queue), dont_wait, deadline, ETIMEDOUT, pc, [=]() -> long {
        return dont_wait ? real::mq_send(queue, text, size, priority)
                         : real::mq_timedsend(queue, text, size, priority, &long_ago);
      }));
}

ssize_t receive(mqd_t queue, char* text, size_t size, unsigned* priority, std::int64_t deadline,
                const void* pc) {
  const bool dont_wait = is_nonblocking_queue(queue);
  return until_done(
      Op::mq_receive, queue_of(queue), dont_wait, deadline, ETIMEDOUT, pc, [=]() -> long {
        return dont_wait ? real::mq_receive(queue, text, size, priority)
                         : real::mq_timedreceive(queue, text, size, priority, &long_ago);
      });
}

}  // namespace

extern "C" {

int mq_send(mqd_t queue, const char* text, size_t size, unsigned priority) {
  if (!engaged()) return real::mq_send(queue, text, size, priority);
  const Inside engine;
  return send(queue, text, size, priority, -1, PC);
}

int mq_timedsend(mqd_t queue, const char* text, size_t size, unsigned priority,
                 const timespec* until) {
  if (!engaged()) return real::mq_timedsend(queue, text, size, priority, until);
  if (!is_moment(*until)) return -1;
  const Inside engine;
  return send(queue, text, size, priority, virtual_deadline(CLOCK_REALTIME, *until), PC);
}

ssize_t mq_receive(mqd_t queue, char* text, size_t size, unsigned* priority) {
  if (!engaged()) return real::mq_receive(queue, text, size, priority);
  const Inside engine;
  return receive(queue, text, size, priority, -1, PC);
}

ssize_t mq_timedreceive(mqd_t queue, char* __restrict text, size_t size,
                        unsigned* __restrict priority, const timespec* __restrict until) {
  if (!engaged()) return real::mq_timedreceive(queue, text, size, priority, until);
  if (!is_moment(*until)) return -1;
  const Inside engine;
  return receive(queue, text, size, priority, virtual_deadline(CLOCK_REALTIME, *until), PC);
}

mqd_t mq_open(const char* name, int flags, ...) {
  mode_t mode = 0;
  mq_attr* attributes = nullptr;
  if ((flags & O_CREAT) != 0) {
    va_list list;
    va_start(list, flags);
    mode = va_arg(list, mode_t);
    attributes = va_arg(list, mq_attr*);
    va_end(list);
  }
  // The kernel's names have no slash.
  const long queue =
      *name == '/' ? raw::call(SYS_mq_open, name + 1, flags, mode, attributes) : -EINVAL;
  if (queue < 0) {
    errno = static_cast<int>(-queue);
    return -1;
  }
  if (engaged() && (flags & O_CREAT) != 0) made(Litter::message_queue, name);
  return static_cast<mqd_t>(queue);
}

int mq_unlink(const char* name) {
  const int result = real::mq_unlink(name);
  if (result == 0 && engaged()) removed(Litter::message_queue, name);
  return result;
}

// --- System V ------------------------------------------------------------------------------------

int msgget(key_t key, int flags) noexcept {
  const int id = real::msgget(key, flags);
  if (id >= 0 && engaged()) made(Litter::sysv_msg, "", id);
  return id;
}

int msgsnd(int id, const void* text, size_t size, int flags) {
  if (!engaged()) return real::msgsnd(id, text, size, flags);
  const Inside engine;
  const std::uint32_t on =
      object_of({9, static_cast<std::uint64_t>(id)}, Kind::queue, "a System V message queue");
  return static_cast<int>(
      until_done(Op::msg_send, on, (flags & IPC_NOWAIT) != 0, -1, EAGAIN, PC,
                 [=]() -> long { return real::msgsnd(id, text, size, flags | IPC_NOWAIT); }));
}

ssize_t msgrcv(int id, void* text, size_t size, long type, int flags) {
  if (!engaged()) return real::msgrcv(id, text, size, type, flags);
  const Inside engine;
  const std::uint32_t on =
      object_of({9, static_cast<std::uint64_t>(id)}, Kind::queue, "a System V message queue");
  return until_done(Op::msg_receive, on, (flags & IPC_NOWAIT) != 0, -1, ENOMSG, PC, [=]() -> long {
    return real::msgrcv(id, text, size, type, flags | IPC_NOWAIT);
  });
}

int semget(key_t key, int count, int flags) noexcept {
  const int id = real::semget(key, count, flags);
  if (id >= 0 && engaged()) made(Litter::sysv_sem, "", id);
  return id;
}

static int operate(int id, sembuf* operations, size_t count, std::int64_t deadline,
                   const void* pc) {
  const std::uint32_t on =
      object_of({10, static_cast<std::uint64_t>(id)}, Kind::semaphore, "a System V semaphore set");
  sembuf tries[64];
  bool dont_wait = false;
  if (count > 64) count = 64;
  for (size_t i = 0; i < count; ++i) {
    tries[i] = operations[i];
    dont_wait = dont_wait || (operations[i].sem_flg & IPC_NOWAIT) != 0;
    tries[i].sem_flg = static_cast<short>(tries[i].sem_flg | IPC_NOWAIT);
  }
  return static_cast<int>(
      until_done(Op::sem_op, on, dont_wait, deadline, EAGAIN, pc,
                 [&]() -> long { return real::semtimedop(id, tries, count, nullptr); }));
}

int semop(int id, sembuf* operations, size_t count) noexcept {
  if (!engaged()) return real::semtimedop(id, operations, count, nullptr);
  const Inside engine;
  return operate(id, operations, count, -1, PC);
}

int semtimedop(int id, sembuf* operations, size_t count, const timespec* timeout) noexcept {
  if (!engaged()) return real::semtimedop(id, operations, count, timeout);
  const Inside engine;
  const std::int64_t deadline = timeout == nullptr ? -1 : control->now + nanoseconds(*timeout);
  return operate(id, operations, count, deadline, PC);
}

// --- Names ---------------------------------------------------------------------------------------

int shm_open(const char* name, int flags, mode_t mode) {
  // As glibc does: a file in /dev/shm.
  char file[256];
  std::snprintf(file, sizeof file, "/dev/shm/%s", *name == '/' ? name + 1 : name);
  const bool is_step = engaged();
  const Inside engine;
  const std::uint32_t names = is_step ? object_of({0, 4}, Kind::world) : nothing;
  if (is_step) step(Op::open, names, PC);
  const long fd = raw::call(SYS_openat, AT_FDCWD, file, flags | O_CLOEXEC | O_NOFOLLOW, mode);
  if (is_step) {
    did(Op::open, names, fd, (flags & O_CREAT) != 0);
    if (fd < 0) in_vain(names, static_cast<std::uint64_t>(-fd));
    if (fd >= 0 && (flags & O_CREAT) != 0) made(Litter::shared_memory, name);
  }
  if (fd < 0) errno = static_cast<int>(-fd);
  return fd < 0 ? -1 : static_cast<int>(fd);
}

int shm_unlink(const char* name) {
  const int result = real::shm_unlink(name);
  if (result == 0 && engaged()) removed(Litter::shared_memory, name);
  return result;
}

int sem_unlink(const char* name) noexcept {
  const int result = real::sem_unlink(name);
  if (result == 0 && engaged()) removed(Litter::semaphore, name);
  return result;
}

}  // extern "C"
