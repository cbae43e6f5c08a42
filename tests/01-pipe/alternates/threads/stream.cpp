#include "stream.h"

#include <unistd.h>

#include "calls.h"

void lab::write_all(int fd, std::span<const std::byte> bytes) {
  for (std::size_t done = 0; done != bytes.size();) {
    done += static_cast<std::size_t>(
        call("write", ::write, fd, bytes.data() + done, bytes.size() - done));
  }
}

std::size_t lab::read_full(int fd, std::span<std::byte> buffer) {
  std::size_t done = 0;
  while (done != buffer.size()) {
    const ssize_t count = call("read", ::read, fd, buffer.data() + done, buffer.size() - done);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}
