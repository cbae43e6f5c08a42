/// Pipes, FIFOs, sockets, eventfds and files: whatever is behind a descriptor. What would block is
/// asked of poll(2) first, and done when it does not.
/// @see pipe(7), fifo(7), unix(7), eventfd(2)

#include "common/interleave/core/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <utility>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/litter.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/shadow.h"
#include "common/interleave/core/timers.h"

using namespace interleave;

#define PC __builtin_return_address(0)

namespace {

bool is_socket(int fd) {
  struct stat status {};
  return raw::call(SYS_fstat, fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

void hand_on(int fd, std::uint32_t on) { release(is_socket(fd) ? connections() : on); }
void receive(int fd, std::uint32_t on) {
  acquire(is_socket(fd) ? connections() : on);
  // What comes here was sent by kill(2).
  if (std::strcmp(object(on).name, signals_descriptor) == 0) {
    acquire(object_of({0, 0}, Kind::world));
  }
}

// The end of a call that has done something, or failed.
long ended(Op op, int fd, std::uint32_t on, long result, bool changes) {
  const int error = errno;
  did(op, on, result < 0 ? -error : result, changes);
  if (changes) changed_descriptor(fd, on);
  if (result < 0 && error == EAGAIN) in_vain(on, 0);
  errno = error;
  return result;
}

// Waits until poll(2) has one of `events`. @returns false if a signal came
bool await(Op op, int fd, std::uint32_t on, short events) {
  while (!is_ready(fd, events)) {
    if (!wait_for(op, on)) {
      errno = EINTR;
      return false;
    }
  }
  return true;
}

template <class Call>
long take(int fd, bool dont_wait, const void* pc, Call call) {
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::read_fd, on, pc);
  if (fault() == 1) {
    errno = EINTR;
    return ended(Op::read_fd, fd, on, -1, false);
  }
  if (can_block(fd) && !dont_wait && !is_nonblocking(fd) && !await(Op::read_fd, fd, on, POLLIN)) {
    return ended(Op::read_fd, fd, on, -1, false);
  }
  const long result = call();
  receive(fd, on);
  if (result == 0) {
    acquire(end_of_stream(on));
    acquire(ends_of_processes());
  }
  return ended(Op::read_fd, fd, on, result, result >= 0);
}

// A system call's result as libc gives it.
long in_libc(long result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

// While this thread holds the token nobody else notices that a description does not block.
class WithoutBlocking {
 public:
  explicit WithoutBlocking(int fd) : fd_(fd), flags_(raw::call(SYS_fcntl, fd, F_GETFL)) {
    raw::call(SYS_fcntl, fd_, F_SETFL, flags_ | O_NONBLOCK);
  }
  ~WithoutBlocking() { raw::call(SYS_fcntl, fd_, F_SETFL, flags_); }
  WithoutBlocking(const WithoutBlocking&) = delete;
  WithoutBlocking& operator=(const WithoutBlocking&) = delete;

 private:
  int fd_;
  long flags_;
};

// Puts in all of it, in as many pieces as there is room for, as a blocking write(2) does.
// @param call  of what is left from here on: (bytes done so far) -> result
template <class Call>
long give(int fd, bool dont_wait, std::size_t size, const void* pc, Call call) {
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::write_fd, on, pc);
  if (fault() == 1) {
    errno = EINTR;
    return ended(Op::write_fd, fd, on, -1, false);
  }
  if (!can_block(fd) || dont_wait || is_nonblocking(fd)) {
    const long result = call(0);
    if (result >= 0) hand_on(fd, on);
    return ended(Op::write_fd, fd, on, result, result >= 0);
  }
  std::size_t done = 0;
  while (true) {
    long result = 0;
    {
      const WithoutBlocking now(fd);
      result = call(done);
    }
    if (result >= 0) {
      hand_on(fd, on);
      done += static_cast<std::size_t>(result);
      ended(Op::write_fd, fd, on, result, true);
      if (done >= size) return static_cast<long>(done);
    } else if (errno != EAGAIN) {
      return ended(Op::write_fd, fd, on, done > 0 ? static_cast<long>(done) : -1, false);
    }
    if (!wait_for(Op::write_fd, on)) {
      errno = EINTR;
      return done > 0 ? static_cast<long>(done) : -1;
    }
  }
}

// Moves bytes from one descriptor to another, without a buffer of the program in between.
// @param call  tries once.
template <class Call>
long move(int in, int out, bool dont_wait, const void* pc, Call call) {
  const std::uint32_t from = object_of_descriptor(in), to = object_of_descriptor(out);
  step(Op::write_fd, to, pc);
  while (true) {
    long result = 0;
    {
      const WithoutBlocking first(in), second(out);
      result = call();
    }
    if (result >= 0) {
      receive(in, from);
      hand_on(out, to);
      ended(Op::read_fd, in, from, result, result > 0);
      return ended(Op::write_fd, out, to, result, result > 0);
    }
    errno = static_cast<int>(-result);
    const bool waits = errno == EAGAIN && !dont_wait;
    if (!waits) return ended(Op::write_fd, out, to, -1, false);
    pollfd source{in, POLLIN, 0};
    const bool is_empty = raw::call(SYS_poll, &source, 1, 0) == 0;
    if (is_nonblocking(is_empty ? in : out)) {
      errno = EAGAIN;
      return ended(Op::write_fd, out, to, -1, false);
    }
    if (!(is_empty ? wait_for(Op::read_fd, from) : wait_for(Op::write_fd, to))) {
      errno = EINTR;
      return -1;
    }
  }
}

// A call on a descriptor that never blocks, and that others may notice.
template <class Call>
long at_once(Op op, int fd, const void* pc, Call call) {
  const std::uint32_t on = object_of_descriptor(fd);
  step(op, on, pc);
  const long result = call();
  return ended(op, fd, on, result, true);
}

ssize_t read_timer(int fd, Timer& timer, void* buffer, std::size_t size, const void* pc) {
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::read_fd, on, pc);
  if (size < sizeof timer.count) {
    errno = EINVAL;
    return ended(Op::read_fd, fd, on, -1, false);
  }
  for (catch_up(timer); timer.count == 0; catch_up(timer)) {
    const bool tries = is_nonblocking(fd);
    if (tries || !wait_for(Op::read_fd, on)) {
      errno = tries ? EAGAIN : EINTR;
      return ended(Op::read_fd, fd, on, -1, false);
    }
  }
  std::uint64_t ignored = 0;
  if (is_ready(fd, POLLIN)) raw::call(SYS_read, fd, &ignored, sizeof ignored);
  *static_cast<std::uint64_t*>(buffer) = std::exchange(timer.count, 0);
  return ended(Op::read_fd, fd, on, sizeof timer.count, true);
}

std::int64_t deadline_of(int timeout_ms) {
  return timeout_ms < 0 ? -1 : control->now + std::int64_t{timeout_ms} * 1'000'000;
}

}  // namespace

extern "C" {

static ssize_t read_from(int fd, void* buffer, size_t size, const void* pc) {
  if (!engaged()) return real::read(fd, buffer, size);
  const Inside engine;
  if (Timer* timer = timer_behind(fd)) return read_timer(fd, *timer, buffer, size, pc);
  const long n = take(fd, false, pc, [=] { return real::read(fd, buffer, size); });
  if (n > 0) {
    plain_access(reinterpret_cast<std::uint64_t>(buffer), static_cast<std::size_t>(n), true, pc);
  }
  return n;
}
ssize_t read(int fd, void* buffer, size_t size) { return read_from(fd, buffer, size, PC); }

ssize_t readv(int fd, const iovec* parts, int count) {
  if (!engaged()) return real::readv(fd, parts, count);
  const Inside engine;
  return take(fd, false, PC, [=] { return real::readv(fd, parts, count); });
}

static ssize_t write_to(int fd, const void* buffer, size_t size, const void* pc) {
  if (!engaged()) return real::write(fd, buffer, size);
  const Inside engine;
  plain_access(reinterpret_cast<std::uint64_t>(buffer), size, false, pc);
  return give(fd, false, size, pc, [=](std::size_t done) {
    return real::write(fd, static_cast<const char*>(buffer) + done, size - done);
  });
}
ssize_t write(int fd, const void* buffer, size_t size) { return write_to(fd, buffer, size, PC); }

ssize_t writev(int fd, const iovec* parts, int count) {
  if (!engaged()) return real::writev(fd, parts, count);
  const Inside engine;
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return give(fd, false, size, PC, [=](std::size_t done) {
    iovec rest[64];
    int left = 0;
    for (int i = 0; i < count && left < 64; ++i) {
      const std::size_t skip = done < parts[i].iov_len ? done : parts[i].iov_len;
      done -= skip;
      if (skip == parts[i].iov_len) continue;
      rest[left++] = {static_cast<char*>(parts[i].iov_base) + skip, parts[i].iov_len - skip};
    }
    return real::writev(fd, rest, left);
  });
}

ssize_t splice(int in, off64_t* in_offset, int out, off64_t* out_offset, size_t size,
               unsigned flags) {
  const auto call = [=] {
    return raw::call(SYS_splice, in, in_offset, out, out_offset, size, flags | SPLICE_F_NONBLOCK);
  };
  if (!engaged())
    return in_libc(raw::call(SYS_splice, in, in_offset, out, out_offset, size, flags));
  const Inside engine;
  return move(in, out, (flags & SPLICE_F_NONBLOCK) != 0, PC, call);
}

ssize_t tee(int in, int out, size_t size, unsigned flags) {
  if (!engaged()) return in_libc(raw::call(SYS_tee, in, out, size, flags));
  const Inside engine;
  return move(in, out, (flags & SPLICE_F_NONBLOCK) != 0, PC,
              [=] { return raw::call(SYS_tee, in, out, size, flags | SPLICE_F_NONBLOCK); });
}

ssize_t sendfile(int out, int in, off_t* offset, size_t size) noexcept {
  if (!engaged()) return in_libc(raw::call(SYS_sendfile, out, in, offset, size));
  const Inside engine;
  return move(in, out, false, PC, [=] { return raw::call(SYS_sendfile, out, in, offset, size); });
}

ssize_t vmsplice(int fd, const iovec* parts, size_t count, unsigned flags) {
  if (!engaged()) return in_libc(raw::call(SYS_vmsplice, fd, parts, count, flags));
  const Inside engine;
  const auto call = [=] {
    return in_libc(raw::call(SYS_vmsplice, fd, parts, count, flags | SPLICE_F_NONBLOCK));
  };
  for (std::size_t i = 0; i < count; ++i) {
    plain_access(reinterpret_cast<std::uint64_t>(parts[i].iov_base), parts[i].iov_len, false, PC);
  }
  // As much as there is room for, once there is any: a size of 1 ends the loop at the first piece.
  return give(fd, (flags & SPLICE_F_NONBLOCK) != 0, 1, PC, [=](std::size_t) { return call(); });
}

int close(int fd) {
  if (!engaged()) return real::close(fd);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::close, on, PC);
  // That an end is closed is news for who is at the other: who reads there sees it by the end of
  // the stream, and not by the bytes before it.
  if (is_pipe(fd) && is_for_writing(fd)) {
    release(end_of_stream(on));
  } else {
    hand_on(fd, on);
  }
  const int result = real::close(fd);
  const int error = errno;
  closed_descriptor(fd);
  did(Op::close, on, result, true);
  wake_descriptors();
  errno = error;
  return result;
}

int pipe2(int* ends, int flags) {
  const long result = raw::call(SYS_pipe2, ends, flags);
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return 0;
}
int pipe(int* ends) { return pipe2(ends, 0); }

int dup2(int from, int to) {
  if (!engaged()) return real::dup2(from, to);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(to);
  step(Op::close, on, PC);
  const int result = real::dup2(from, to);
  const int error = errno;
  if (result >= 0 && from != to) copied_descriptor(from, to);
  did(Op::close, on, result, true);
  wake_descriptors();
  errno = error;
  return result;
}

int dup3(int from, int to, int flags) {
  if (!engaged()) return real::dup3(from, to, flags);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(to);
  step(Op::close, on, PC);
  const int result = real::dup3(from, to, flags);
  const int error = errno;
  if (result >= 0) copied_descriptor(from, to);
  did(Op::close, on, result, true);
  wake_descriptors();
  errno = error;
  return result;
}

int dup(int from) {
  const long result = raw::call(SYS_dup, from);
  if (result < 0) {
    errno = static_cast<int>(-result);
    return -1;
  }
  if (control != nullptr) copied_descriptor(from, static_cast<int>(result));
  return static_cast<int>(result);
}

// --- Opening -------------------------------------------------------------------------------------

// A FIFO's open blocks until the other end is opened. It cannot be tried: the attempt of a reader
// would let a writer through. So a reader opens without blocking, and waits for a writer; a writer
// tries until there is a reader (ENXIO).
static bool has_writer(int fd) {
  int held = 0;
  raw::call(SYS_ioctl, fd, FIONREAD, &held);
  if (held > 0) return true;
  char byte = 0;
  return raw::call(SYS_read, fd, &byte, 1) == -EAGAIN;  // 0 is the end: there is none
}

static int open_fifo(int directory, const char* name, int flags, std::uint32_t on) {
  const int mode = flags & O_ACCMODE;
  if (mode == O_RDONLY) {
    const std::uint32_t writers = object(on).generation;
    const long fd = raw::call(SYS_openat, directory, name, flags | O_NONBLOCK, 0);
    if (fd < 0) return static_cast<int>(fd);
    wake(on);
    while (object(on).generation == writers && !has_writer(static_cast<int>(fd))) {
      if (!wait_for(Op::open, on)) {
        raw::call(SYS_close, fd);
        return -EINTR;
      }
    }
    raw::call(SYS_fcntl, fd, F_SETFL, flags & ~(O_CREAT | O_EXCL));
    return static_cast<int>(fd);
  }
  while (true) {
    const long fd = raw::call(SYS_openat, directory, name, flags | O_NONBLOCK, 0);
    if (fd >= 0) {
      ++object(on).generation;
      raw::call(SYS_fcntl, fd, F_SETFL, flags & ~(O_CREAT | O_EXCL));
      return static_cast<int>(fd);
    }
    if (fd != -ENXIO) return static_cast<int>(fd);
    if (!wait_for(Op::open, on)) return -EINTR;
  }
}

static int open_at(int directory, const char* name, int flags, mode_t mode, const void* pc) {
  if (!engaged()) {
    const long fd = raw::call(SYS_openat, directory, name, flags, mode);
    if (fd < 0) errno = static_cast<int>(-fd);
    return fd < 0 ? -1 : static_cast<int>(fd);
  }
  const Inside engine;
  struct stat status {};
  const bool is_there = raw::call(SYS_newfstatat, directory, name, &status, 0) == 0;
  const bool is_fifo = is_there && S_ISFIFO(status.st_mode);
  std::uint32_t on = object_of({0, 4}, Kind::world);  // the file system
  if (is_there) {
    on = object_of({(1ULL << 62) | (status.st_dev << 40 ^ status.st_ino), 0}, Kind::descriptor,
                   is_fifo ? name : "a file");
  }
  step(Op::open, on, pc);
  long fd = 0;
  if (is_fifo && (flags & O_NONBLOCK) == 0 && (flags & O_ACCMODE) != O_RDWR) {
    fd = open_fifo(directory, name, flags, on);
  } else {
    fd = raw::call(SYS_openat, directory, name, flags, mode);
    if (fd >= 0 && is_fifo && (flags & O_ACCMODE) != O_RDONLY) ++object(on).generation;
  }
  if (fd >= 0) {
    copied_descriptor(-1, static_cast<int>(fd));
    // The next run is to find things as this one did.
    if (!is_there && (flags & O_CREAT) != 0) made(Litter::file, name);
    if (is_fifo) {
      release(on);
      acquire(on);
    }
  }
  did(Op::open, on, fd, true);
  if (fd < 0) errno = static_cast<int>(-fd);
  return fd < 0 ? -1 : static_cast<int>(fd);
}

// The mode is there only if it may be needed. @see open(2)
#define MODE_OF(flags)                          \
  mode_t mode = 0;                              \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list list;                               \
    va_start(list, flags);                      \
    mode = va_arg(list, mode_t);                \
    va_end(list);                               \
  }

int openat(int directory, const char* name, int flags, ...) {
  MODE_OF(flags)
  return open_at(directory, name, flags, mode, PC);
}
int openat64(int directory, const char* name, int flags, ...) {
  MODE_OF(flags)
  return open_at(directory, name, flags, mode, PC);
}
int open(const char* name, int flags, ...) {
  MODE_OF(flags)
  return open_at(AT_FDCWD, name, flags, mode, PC);
}
int open64(const char* name, int flags, ...) {
  MODE_OF(flags)
  return open_at(AT_FDCWD, name, flags, mode, PC);
}
int creat(const char* name, mode_t mode) {
  return open_at(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode, PC);
}

int mkfifo(const char* name, mode_t mode) {
  const int result = real::mkfifo(name, mode);
  if (result == 0 && engaged()) made(Litter::file, name);
  return result;
}

// Others who have the file, or will map it, notice its size.
int ftruncate(int fd, off_t size) noexcept {
  if (!engaged()) {
    const long result = raw::call(SYS_ftruncate, fd, size);
    if (result < 0) errno = static_cast<int>(-result);
    return result < 0 ? -1 : 0;
  }
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::other, on, PC);
  const long result = raw::call(SYS_ftruncate, fd, size);
  did(Op::other, on, result, true);
  if (result < 0) errno = static_cast<int>(-result);
  return result < 0 ? -1 : 0;
}
int ftruncate64(int fd, off_t size) noexcept { return ftruncate(fd, size); }

// --- Sockets -------------------------------------------------------------------------------------

ssize_t recv(int fd, void* buffer, size_t size, int flags) {
  if (!engaged()) return real::recv(fd, buffer, size, flags);
  const Inside engine;
  return take(fd, (flags & MSG_DONTWAIT) != 0, PC,
              [=] { return real::recv(fd, buffer, size, flags); });
}

ssize_t recvfrom(int fd, void* buffer, size_t size, int flags, sockaddr* from, socklen_t* length) {
  if (!engaged()) return real::recvfrom(fd, buffer, size, flags, from, length);
  const Inside engine;
  return take(fd, (flags & MSG_DONTWAIT) != 0, PC,
              [=] { return real::recvfrom(fd, buffer, size, flags, from, length); });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (!engaged()) return real::recvmsg(fd, message, flags);
  const Inside engine;
  return take(fd, (flags & MSG_DONTWAIT) != 0, PC,
              [=] { return real::recvmsg(fd, message, flags); });
}

ssize_t send(int fd, const void* buffer, size_t size, int flags) {
  if (!engaged()) return real::send(fd, buffer, size, flags);
  const Inside engine;
  return give(fd, (flags & MSG_DONTWAIT) != 0, size, PC, [=](std::size_t done) {
    return real::send(fd, static_cast<const char*>(buffer) + done, size - done, flags);
  });
}

ssize_t sendto(int fd, const void* buffer, size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  if (!engaged()) return real::sendto(fd, buffer, size, flags, to, length);
  const Inside engine;
  return give(fd, (flags & MSG_DONTWAIT) != 0, size, PC, [=](std::size_t done) {
    return real::sendto(fd, static_cast<const char*>(buffer) + done, size - done, flags, to,
                        length);
  });
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (!engaged()) return real::sendmsg(fd, message, flags);
  const Inside engine;
  return give(fd, (flags & MSG_DONTWAIT) != 0, 0, PC,
              [=](std::size_t) { return real::sendmsg(fd, message, flags); });
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  if (!engaged()) return real::accept4(fd, address, length, flags);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::accept, on, PC);
  if (!is_nonblocking(fd) && !await(Op::accept, fd, on, POLLIN)) return -1;
  const int result = real::accept4(fd, address, length, flags);
  receive(fd, on);
  return static_cast<int>(ended(Op::accept, fd, on, result, true));
}

int accept(int fd, sockaddr* address, socklen_t* length) {
  if (!engaged()) return real::accept4(fd, address, length, 0);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::accept, on, PC);
  if (!is_nonblocking(fd) && !await(Op::accept, fd, on, POLLIN)) return -1;
  const int result = real::accept4(fd, address, length, 0);
  receive(fd, on);
  return static_cast<int>(ended(Op::accept, fd, on, result, true));
}

int connect(int fd, const sockaddr* address, socklen_t length) {
  if (!engaged()) return real::connect(fd, address, length);
  const Inside engine;
  const std::uint32_t on = object_of_descriptor(fd);
  step(Op::connect, on, PC);
  while (true) {
    long result = 0;
    if (is_nonblocking(fd)) {
      result = real::connect(fd, address, length);
    } else {
      // A local stream's connect blocks while the listener's queue is full.
      const WithoutBlocking now(fd);
      result = real::connect(fd, address, length);
      if (result != 0 && errno == EAGAIN) {
        if (wait_for(Op::connect, on)) continue;
        errno = EINTR;
      } else if (result != 0 && errno == EINPROGRESS && await(Op::connect, fd, on, POLLOUT)) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        result = error == 0 ? 0 : -1;
        errno = error;
      }
    }
    hand_on(fd, on);
    return static_cast<int>(ended(Op::connect, fd, on, result, true));
  }
}

int bind(int fd, const sockaddr* address, socklen_t length) {
  const int result = real::bind(fd, address, length);
  if (result == 0 && engaged() && address->sa_family == AF_UNIX) {
    const char* name = reinterpret_cast<const sockaddr_un*>(address)->sun_path;
    if (*name != '\0') made(Litter::file, name);
  }
  return result;
}

int shutdown(int fd, int how) {
  if (!engaged()) return real::shutdown(fd, how);
  const Inside engine;
  return static_cast<int>(at_once(Op::close, fd, PC, [=] {
    hand_on(fd, object_of_descriptor(fd));
    return real::shutdown(fd, how);
  }));
}

// --- Waiting for several -------------------------------------------------------------------------

static int poll_until(pollfd* list, nfds_t count, std::int64_t deadline, bool at_once_only,
                      const void* pc) {
  const std::uint32_t on = object_of({0, 5}, Kind::world);
  step(Op::poll, on, pc);
  while (true) {
    ready_timers();
    const long ready = raw::call(SYS_poll, list, count, 0);
    if (ready != 0 || at_once_only) {
      acquire(connections());
      did(Op::poll, on, ready, false);
      if (ready <= 0) in_vain(on, 0);
      if (ready < 0) errno = static_cast<int>(-ready);
      return ready < 0 ? -1 : static_cast<int>(ready);
    }
    if (wait_for(Op::poll, on, deadline)) continue;
    did(Op::poll, on, 0, false);
    if (me().timed_out) return 0;
    errno = EINTR;
    return -1;
  }
}

int poll(pollfd* list, nfds_t count, int timeout) {
  if (!engaged()) return real::poll(list, count, timeout);
  const Inside engine;
  return poll_until(list, count, deadline_of(timeout), timeout == 0, PC);
}

int ppoll(pollfd* list, nfds_t count, const timespec* timeout, const sigset_t*) {
  if (!engaged()) {
    return real::poll(list, count,
                      timeout == nullptr ? -1
                                         : static_cast<int>(timeout->tv_sec * 1000 +
                                                            timeout->tv_nsec / 1'000'000));
  }
  const Inside engine;
  const std::int64_t time =
      timeout == nullptr ? -1 : timeout->tv_sec * 1'000'000'000 + timeout->tv_nsec;
  return poll_until(list, count, time < 0 ? -1 : control->now + time, time == 0, PC);
}

int select(int count, fd_set* reading, fd_set* writing, fd_set* other, timeval* timeout) {
  if (!engaged()) return real::select(count, reading, writing, other, timeout);
  const Inside engine;
  const std::uint32_t on = object_of({0, 5}, Kind::world);
  const std::int64_t time =
      timeout == nullptr ? -1 : timeout->tv_sec * 1'000'000'000 + timeout->tv_usec * 1000;
  const std::int64_t deadline = time < 0 ? -1 : control->now + time;
  step(Op::poll, on, PC);
  while (true) {
    fd_set sets[3];
    fd_set* given[3] = {reading, writing, other};
    fd_set* asked[3];
    for (int i = 0; i < 3; ++i) {
      asked[i] = given[i] == nullptr ? nullptr : &sets[i];
      if (given[i] != nullptr) sets[i] = *given[i];
    }
    ready_timers();
    timeval none{0, 0};
    const long ready = raw::call(SYS_select, count, asked[0], asked[1], asked[2], &none);
    const bool late = ready == 0 && time != 0 && !wait_for(Op::poll, on, deadline);
    if (ready == 0 && time != 0 && !late) continue;
    for (int i = 0; i < 3; ++i) {
      if (given[i] != nullptr) *given[i] = sets[i];
    }
    acquire(connections());
    did(Op::poll, on, ready, false);
    if (ready == 0) in_vain(on, 0);
    if (ready < 0) errno = static_cast<int>(-ready);
    return ready < 0 ? -1 : static_cast<int>(ready);
  }
}

int epoll_create1(int flags) {
  const long fd = raw::call(SYS_epoll_create1, flags);
  if (fd < 0) errno = static_cast<int>(-fd);
  if (fd >= 0 && engaged()) made_descriptor(static_cast<int>(fd));
  return fd < 0 ? -1 : static_cast<int>(fd);
}
int epoll_create(int) { return epoll_create1(0); }

int epoll_wait(int fd, epoll_event* events, int most, int timeout) {
  if (!engaged()) return real::epoll_wait(fd, events, most, timeout);
  const Inside engine;
  const std::uint32_t on = object_of({0, 5}, Kind::world);
  const std::int64_t deadline = deadline_of(timeout);
  step(Op::poll, on, PC);
  while (true) {
    ready_timers();
    const int ready = real::epoll_wait(fd, events, most, 0);
    if (ready != 0 || timeout == 0) {
      const int error = errno;
      acquire(connections());
      did(Op::poll, on, ready, false);
      if (ready == 0) in_vain(on, 0);
      errno = error;
      return ready;
    }
    if (wait_for(Op::poll, on, deadline)) continue;
    did(Op::poll, on, 0, false);
    if (me().timed_out) return 0;
    errno = EINTR;
    return -1;
  }
}
int epoll_pwait(int fd, epoll_event* events, int most, int timeout, const sigset_t*) {
  return epoll_wait(fd, events, most, timeout);
}

int epoll_ctl(int fd, int what, int about, epoll_event* event) {
  const int result = real::epoll_ctl(fd, what, about, event);
  if (engaged()) {
    const Inside engine;
    wake_descriptors();
  }
  return result;
}

// --- Descriptors of other kinds ------------------------------------------------------------------

int eventfd(unsigned initial, int flags) {
  const int fd = real::eventfd(initial, flags);
  if (fd >= 0 && engaged()) made_descriptor(fd);
  return fd;
}

int eventfd_read(int fd, eventfd_t* value) {
  return read_from(fd, value, sizeof *value, PC) == sizeof *value ? 0 : -1;
}
int eventfd_write(int fd, eventfd_t value) {
  return write_to(fd, &value, sizeof value, PC) == sizeof value ? 0 : -1;
}

// --- Locks of files ------------------------------------------------------------------------------

int flock(int fd, int operation) {
  if (!engaged()) return real::flock(fd, operation);
  const Inside engine;
  const std::uint32_t file = object_of_descriptor(fd);
  const std::uint32_t on = object_of({7, file}, Kind::file_lock);
  step(Op::flock, on, PC);
  if ((operation & LOCK_UN) != 0) release(on);
  while (true) {
    const int result = real::flock(fd, operation | LOCK_NB);
    if (result == 0 || errno != EWOULDBLOCK || (operation & LOCK_NB) != 0) {
      const int error = errno;
      if (result == 0 && (operation & LOCK_UN) == 0) {
        acquire(on);
        object(on).owner = static_cast<std::uint16_t>(self);
      }
      if ((operation & LOCK_UN) != 0) object(on).owner = nobody;
      did(Op::flock, on, result, result == 0);
      errno = error;
      return result;
    }
    me().partner = object(on).owner;
    const bool woken = wait_for(Op::flock, on);
    me().partner = nobody;
    if (!woken) {
      errno = EINTR;
      return -1;
    }
  }
}

int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  const long argument = va_arg(list, long);
  va_end(list);
  const auto plain = [&](int which) {
    const long result = raw::call(SYS_fcntl, fd, which, argument);
    if (result < 0) errno = static_cast<int>(-result);
    return result < 0 ? -1 : static_cast<int>(result);
  };
  if (!engaged()) return plain(command);
  const Inside engine;
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) {
    const int copy = plain(command);
    if (copy >= 0) copied_descriptor(fd, copy);
    return copy;
  }
  const bool locks = command == F_SETLKW || command == F_OFD_SETLKW;
  const bool tries = command == F_SETLK || command == F_OFD_SETLK;
  if (!locks && !tries) return plain(command);
  const bool unlocks = reinterpret_cast<struct flock*>(argument)->l_type == F_UNLCK;
  const std::uint32_t on = object_of({7, object_of_descriptor(fd)}, Kind::file_lock);
  step(Op::flock, on, PC);
  if (unlocks) release(on);
  const int trying = command == F_SETLKW       ? F_SETLK
                     : command == F_OFD_SETLKW ? F_OFD_SETLK
                                               : command;
  while (true) {
    const int result = plain(trying);
    if (result == 0 || (errno != EAGAIN && errno != EACCES) || tries) {
      const int error = errno;
      if (result == 0 && !unlocks) {
        acquire(on);
        object(on).owner = static_cast<std::uint16_t>(self);
      }
      if (unlocks) object(on).owner = nobody;
      did(Op::flock, on, result, result == 0);
      if (result != 0) in_vain(on, 0);
      errno = error;
      return result;
    }
    me().partner = object(on).owner;
    const bool woken = wait_for(Op::flock, on);
    me().partner = nobody;
    if (!woken) {
      errno = EINTR;
      return -1;
    }
  }
}

}  // extern "C"
