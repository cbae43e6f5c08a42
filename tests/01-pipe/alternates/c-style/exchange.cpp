#include "exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "common/ipc/system_error.h"

/* Returns the name of the call that failed, with its errno in *error, or nullptr. */
static const char* talk(int out, int in, const char* mine, size_t left, char* theirs, size_t* room,
                        int* error) {
  while (left > 0 || *room > 0) {
    struct pollfd p[2];
    p[0].fd = left > 0 ? out : -1;
    p[0].events = POLLOUT;
    p[1].fd = *room > 0 ? in : -1;
    p[1].events = POLLIN;
    if (poll(p, 2, -1) < 0) {
      if (errno == EINTR) continue;
      *error = errno;
      return "poll";
    }
    if (p[1].fd >= 0 && p[1].revents != 0) {
      ssize_t n = read(in, theirs, *room);
      if (n < 0 && errno != EINTR && errno != EAGAIN) {
        *error = errno;
        return "read";
      }
      if (n == 0) {
        /* No more from there. What is missing stays counted in *room, so write the rest here. */
        size_t missing = *room;
        *room = 0;
        const char* failed = talk(out, in, mine, left, theirs, room, error);
        *room = missing;
        return failed;
      }
      if (n > 0) {
        theirs += n;
        *room -= static_cast<size_t>(n);
      }
    }
    if (p[0].fd >= 0 && p[0].revents != 0) {
      ssize_t n = write(out, mine, left);
      if (n < 0 && errno != EINTR && errno != EAGAIN) {
        *error = errno;
        return "write";
      }
      if (n > 0) {
        mine += n;
        left -= static_cast<size_t>(n);
      }
    }
  }
  return nullptr;
}

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  std::vector<std::byte> received(expected);
  size_t room = expected;
  int error = 0;

  /* Only the write end: a read after POLLIN does not wait as long as nobody else reads. */
  int flags = fcntl(out, F_GETFL);
  if (flags < 0 || fcntl(out, F_SETFL, flags | O_NONBLOCK) < 0) throw ipc::SystemError("fcntl");
  const char* failed = talk(out, in, reinterpret_cast<const char*>(mine.data()), mine.size(),
                            reinterpret_cast<char*>(received.data()), &room, &error);
  fcntl(out, F_SETFL, flags);

  if (failed != nullptr) throw ipc::SystemError(failed, error);
  received.resize(expected - room);
  return received;
}
