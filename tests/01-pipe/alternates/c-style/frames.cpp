#include "frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc/system_error.h"

void lab::write_frame(int fd, std::span<const std::byte> payload) {
  size_t size = payload.size();
  if (size > 0xffffffffu) throw std::length_error("payload too long for its header");

  unsigned char* frame = static_cast<unsigned char*>(malloc(4 + size));
  if (frame == nullptr) throw ipc::SystemError("malloc");
  frame[0] = static_cast<unsigned char>(size >> 24);
  frame[1] = static_cast<unsigned char>(size >> 16);
  frame[2] = static_cast<unsigned char>(size >> 8);
  frame[3] = static_cast<unsigned char>(size);
  if (size > 0) memcpy(frame + 4, payload.data(), size);

  int error = 0;
  for (size_t done = 0; done < 4 + size && error == 0;) {
    ssize_t n = write(fd, frame + done, 4 + size - done);
    if (n >= 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      error = errno;
  }
  free(frame);
  if (error != 0) throw ipc::SystemError("write", error);
}

/* Returns how many bytes came before the end. */
static size_t get(int fd, void* to, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t n = read(fd, static_cast<char*>(to) + done, size - done);
    if (n == 0) break;
    if (n > 0)
      done += static_cast<size_t>(n);
    else if (errno != EINTR)
      throw ipc::SystemError("read");
  }
  return done;
}

std::optional<std::vector<std::byte>> lab::read_frame(int fd, std::size_t max_size) {
  unsigned char header[4];
  switch (get(fd, header, sizeof header)) {
    case 0:
      return {};
    case sizeof header:
      break;
    default:
      throw TruncatedFrame();
  }
  uint32_t size = static_cast<uint32_t>(header[0]) << 24 | static_cast<uint32_t>(header[1]) << 16 |
                  static_cast<uint32_t>(header[2]) << 8 | header[3];
  if (size > max_size) throw FrameTooLarge(size);

  /* Grows as the bytes come: an announcement alone costs nothing. */
  std::vector<std::byte> payload;
  while (payload.size() < size) {
    size_t before = payload.size();
    size_t wanted = size - before < 65536 ? size - before : 65536;
    payload.resize(before + wanted);
    if (get(fd, payload.data() + before, wanted) < wanted) throw TruncatedFrame();
  }
  return payload;
}
