/// Streams of stdio on what can block. libc would call the kernel behind our back; so such a stream
/// is one whose reads and writes are calls of ours. The three that are there from the beginning can
/// come to be on a pipe at any time, by dup2(2): they are such streams in every run.
/// @see fopencookie(3), fdopen(3), stdin(3)

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "common/interleave/core/descriptors.h"
#include "common/interleave/core/engine.h"
#include "common/interleave/core/raw.h"
#include "common/interleave/core/real.h"
#include "common/interleave/core/run.h"

using namespace interleave;

namespace {

constinit real::Function<FILE*(int, const char*)> real_fdopen{"fdopen"};
constinit real::Function<FILE*(const char*, const char*)> real_fopen{"fopen"};
constinit real::Function<int(FILE*)> real_fileno{"fileno"};

// The descriptors of our streams, of this process.
struct Stream {
  FILE* stream = nullptr;
  int fd = -1;
};
Stream streams[64];

int fd_of(void* cookie) { return static_cast<int>(reinterpret_cast<std::intptr_t>(cookie)); }

ssize_t read_some(void* cookie, char* buffer, size_t size) {
  return ::read(fd_of(cookie), buffer, size);
}

ssize_t write_all(void* cookie, const char* buffer, size_t size) {
  const ssize_t n = ::write(fd_of(cookie), buffer, size);
  return n < 0 ? 0 : n;  // what an error is, for this kind of stream
}

int close_it(void* cookie) {
  for (Stream& slot : streams) {
    if (slot.fd == fd_of(cookie)) slot = Stream{};
  }
  return ::close(fd_of(cookie));
}

FILE* stream_on(int fd, const char* mode) {
  auto* cookie = reinterpret_cast<void*>(static_cast<std::intptr_t>(fd));
  FILE* stream = ::fopencookie(cookie, mode, {read_some, write_all, nullptr, close_it});
  if (stream == nullptr) return nullptr;
  for (Stream& slot : streams) {
    if (slot.stream != nullptr) continue;
    slot = {stream, fd};
    break;
  }
  return stream;
}

// What goes where nobody else can notice it, such as the explorer's memory, is no step.
ssize_t read_standard(void* cookie, char* buffer, size_t size) {
  const int fd = fd_of(cookie);
  if (can_block(fd)) return ::read(fd, buffer, size);
  const Inside engine;
  return real::read(fd, buffer, size);
}

ssize_t write_standard(void* cookie, const char* buffer, size_t size) {
  const int fd = fd_of(cookie);
  if (can_block(fd)) return write_all(cookie, buffer, size);
  const Inside engine;
  const ssize_t n = real::write(fd, buffer, size);
  return n < 0 ? 0 : n;
}

FILE* standard_stream(int fd, const char* mode) {
  auto* cookie = reinterpret_cast<void*>(static_cast<std::intptr_t>(fd));
  FILE* stream = ::fopencookie(cookie, mode, {read_standard, write_standard, nullptr, close_it});
  if (stream != nullptr) streams[fd] = {stream, fd};
  return stream;
}

// @see fopen(3)
int flags_of(const char* mode) {
  const bool both = std::strchr(mode, '+') != nullptr;
  if (*mode == 'r') return both ? O_RDWR : O_RDONLY;
  const int how = both ? O_RDWR : O_WRONLY;
  return how | O_CREAT | (*mode == 'a' ? O_APPEND : O_TRUNC);
}

}  // namespace

void interleave::take_standard_streams() {
  if (FILE* stream = standard_stream(0, "r")) stdin = stream;
  if (FILE* stream = standard_stream(1, "w")) stdout = stream;
  if (FILE* stream = standard_stream(2, "w")) {
    stderr = stream;
    std::setvbuf(stderr, nullptr, _IONBF, 0);
  }
}

extern "C" {

FILE* fdopen(int fd, const char* mode) noexcept {
  if (!engaged() || !can_block(fd)) return real_fdopen(fd, mode);
  return stream_on(fd, mode);
}

FILE* fopen(const char* name, const char* mode) {
  struct stat status {};
  const bool is_fifo = engaged() && raw::call(SYS_newfstatat, AT_FDCWD, name, &status, 0) == 0 &&
                       S_ISFIFO(status.st_mode);
  if (!is_fifo) return real_fopen(name, mode);
  const int fd = ::open(name, flags_of(mode), 0666);
  return fd < 0 ? nullptr : stream_on(fd, mode);
}
FILE* fopen64(const char* name, const char* mode) { return fopen(name, mode); }

int fileno(FILE* stream) noexcept {
  for (const Stream& slot : streams) {
    if (slot.stream == stream) return slot.fd;
  }
  return real_fileno(stream);
}

}  // extern "C"
