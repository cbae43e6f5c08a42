#include "stream.h"

#include <errno.h>
#include <unistd.h>

#include "common/ipc/system_error.h"

/* Returns 0, or the errno of the call that failed. */
static int put(int fd, const char* from, size_t left) {
  while (left > 0) {
    ssize_t n = write(fd, from, left);
    if (n >= 0) {
      from += n;
      left -= static_cast<size_t>(n);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/* Returns how many bytes came before the end, or -1. */
static ssize_t get(int fd, char* to, size_t size) {
  char* const front = to;
  char* const back = to + size;
  ssize_t n;
  while (to != back) {
    n = read(fd, to, static_cast<size_t>(back - to));
    if (n == 0) break;
    if (n > 0) to += n;
    if (n < 0 && errno != EINTR) return -1;
  }
  return to - front;
}

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  int error = put(fd, reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (error != 0) throw ipc::SystemError("write", error);
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  ssize_t n = get(fd, reinterpret_cast<char*>(buffer.data()), buffer.size());
  if (n < 0) throw ipc::SystemError("read");
  return static_cast<std::size_t>(n);
}
