#include "common/interleave/core/descriptors.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "common/interleave/core/engine.h"
#include "common/interleave/core/memory.h"
#include "common/interleave/core/raw.h"

namespace interleave {

namespace {

constexpr int most_descriptors = 1024;
// Numbers of those without an inode; copied by fork, as the descriptors are.
std::uint32_t numbers[most_descriptors];

bool in_table(int fd) { return fd >= 0 && fd < most_descriptors; }

bool status_of(int fd, struct stat& status) { return raw::call(SYS_fstat, fd, &status) == 0; }

}  // namespace

QueueName::QueueName(int fd) {
  struct statfs system {};
  constexpr long message_queues = 0x19800202;
  if (raw::call(SYS_fstatfs, fd, &system) != 0 || system.f_type != message_queues) return;
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const long length = raw::call(SYS_readlink, link, text_, sizeof text_ - 1);
  // Whose name was removed is called "/jobs (deleted)", and was called "/jobs" before.
  constexpr std::string_view removed = " (deleted)";
  std::string_view name(text_, length > 0 ? static_cast<std::size_t>(length) : 0);
  if (name.ends_with(removed)) name.remove_suffix(removed.size());
  text_[name.size()] = '\0';
}

std::uint32_t object_of_descriptor(int fd) {
  if (in_table(fd) && numbers[fd] != 0) {
    return object_of({5, numbers[fd]}, Kind::descriptor);
  }
  struct stat status {};
  if (!status_of(fd, status))
    return object_of({6, static_cast<std::uint64_t>(fd)}, Kind::descriptor);
  const QueueName queue(fd);
  const char* name = S_ISFIFO(status.st_mode)   ? "a pipe"
                     : S_ISSOCK(status.st_mode) ? "a socket"
                     : queue.text()[0] != '\0'  ? queue.text()
                                                : "a file";
  return object_of({space_of_file(status.st_dev, status.st_ino), 0}, Kind::descriptor, name);
}

void made_descriptor(int fd) {
  if (in_table(fd)) numbers[fd] = ++control->anonymous;
}

void copied_descriptor(int from, int to) {
  if (in_table(to)) numbers[to] = in_table(from) ? numbers[from] : 0;
}

void closed_descriptor(int fd) {
  if (in_table(fd)) numbers[fd] = 0;
}

std::uint32_t number_of(int fd) { return in_table(fd) ? numbers[fd] : 0; }

int descriptor_with(std::uint32_t number) {
  for (int fd = 0; fd < most_descriptors; ++fd) {
    if (numbers[fd] == number) return fd;
  }
  return -1;
}

std::uint32_t connections() { return object_of({0, 3}, Kind::world); }

std::uint32_t end_of_stream(std::uint32_t pipe) {
  return object_of({11, pipe}, Kind::descriptor, "the end of a pipe");
}

void release_descriptors() {
  // One call tells which of them are open. Of those with large numbers nobody asks: that costs each
  // run more than it can tell.
  constexpr int most_looked_at = 64;
  pollfd all[most_looked_at];
  for (int fd = 0; fd < most_looked_at; ++fd) all[fd] = {fd, 0, 0};
  raw::call(SYS_poll, all, most_looked_at, 0);
  bool any_socket = false;
  for (int fd = STDERR_FILENO + 1; fd < most_looked_at; ++fd) {
    struct stat status {};
    if ((all[fd].revents & POLLNVAL) != 0 || !status_of(fd, status)) continue;
    any_socket = any_socket || S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) && is_for_writing(fd)) {
      release(end_of_stream(object_of_descriptor(fd)));
    }
  }
  if (any_socket) release(connections());
}

bool can_block(int fd) {
  if (in_table(fd) && numbers[fd] != 0) return true;
  struct stat status {};
  if (!status_of(fd, status)) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
}

bool is_pipe(int fd) {
  struct stat status {};
  return status_of(fd, status) && S_ISFIFO(status.st_mode);
}

bool is_for_writing(int fd) {
  const long flags = raw::call(SYS_fcntl, fd, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

bool is_nonblocking(int fd) {
  const long flags = raw::call(SYS_fcntl, fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

bool is_ready(int fd, short events) {
  pollfd look{fd, events, 0};
  return raw::call(SYS_poll, &look, 1, 0) > 0;
}

void changed_descriptor(int fd, std::uint32_t on) {
  struct stat status {};
  // The two ends of a pipe are one object; those of a connection are two, and the kernel does not
  // say which belong together.
  const bool is_pipe = fd >= 0 && status_of(fd, status) && S_ISFIFO(status.st_mode);
  if (!is_pipe) {
    wake_descriptors();
    return;
  }
  wake(on);
  for (std::uint32_t i = 0; i < control->threads; ++i) {
    Thread& thread = control->thread[i];
    if (thread.op == Op::poll && thread.state == State::waiting) thread.state = State::runnable;
  }
}

}  // namespace interleave
