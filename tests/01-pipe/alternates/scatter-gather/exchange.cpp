#include "exchange.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <array>

#include "common/ipc/unique_fd.h"
#include "gather.h"

namespace {

/// The flags of a descriptor, put back in the end.
class Flags {
 public:
  explicit Flags(int fd) : fd_(fd), flags_(::fcntl(fd, F_GETFL)) {
    if (flags_ < 0) throw ipc::SystemError("fcntl");
  }
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;
  ~Flags() { ::fcntl(fd_, F_SETFL, flags_); }
  void add(int flag) {
    if (::fcntl(fd_, F_SETFL, flags_ | flag) < 0) throw ipc::SystemError("fcntl");
  }

 private:
  int fd_;
  int flags_;
};

class Epoll {
 public:
  Epoll() : fd_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!fd_) throw ipc::SystemError("epoll_create1");
  }
  void add(int fd, std::uint32_t events) {
    epoll_event event = {.events = events, .data = {.u32 = events}};
    if (::epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) < 0) throw ipc::SystemError("epoll_ctl");
    ++watched_;
  }
  void remove(int fd) {
    epoll_event unused = {};
    if (::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, &unused) < 0) throw ipc::SystemError("epoll_ctl");
    --watched_;
  }
  [[nodiscard]] int watched() const { return watched_; }
  std::span<epoll_event> wait() {
    int count;
    do {
      count = ::epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), -1);
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw ipc::SystemError("epoll_wait");
    return std::span(events_).first(static_cast<std::size_t>(count));
  }

 private:
  ipc::UniqueFd fd_;
  std::array<epoll_event, 2> events_;
  int watched_ = 0;
};

}  // namespace

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  Flags out_flags(out), in_flags(in);
  out_flags.add(O_NONBLOCK);
  in_flags.add(O_NONBLOCK);

  std::vector<std::byte> received(expected);
  Gather sending, receiving;
  sending.add_in_pieces(mine, 4000);
  receiving.add_in_pieces(received, 7000);

  Epoll epoll;
  if (sending.left() > 0) epoll.add(out, EPOLLOUT);
  if (receiving.left() > 0) epoll.add(in, EPOLLIN);
  while (epoll.watched() > 0) {
    for (const epoll_event& event : epoll.wait()) {
      const bool is_out = event.data.u32 == EPOLLOUT;
      const ssize_t moved =
          is_out ? sending.transfer(::writev, out) : receiving.transfer(::readv, in);
      if (moved < 0 && errno != EINTR && errno != EAGAIN) {
        throw ipc::SystemError(is_out ? "writev" : "readv");
      }
      if (is_out && sending.left() == 0) epoll.remove(out);
      if (!is_out && (receiving.left() == 0 || moved == 0)) epoll.remove(in);
    }
  }
  received.resize(expected - receiving.left());
  return received;
}
