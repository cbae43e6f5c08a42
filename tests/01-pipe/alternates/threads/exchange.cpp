#include "exchange.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <future>
#include <mutex>

#include "calls.h"
#include "common/ipc/unique_fd.h"

namespace {

/// Lets two threads wait for different things and be stopped by each other: nothing is ever written
/// to this pipe, and closing its write end wakes whoever polls the read end.
class StopSignal {
 public:
  StopSignal() {
    int ends[2];
    call("pipe2", ::pipe2, ends, O_CLOEXEC);
    heard_.reset(ends[0]);
    given_.reset(ends[1]);
  }
  void give() {
    const std::lock_guard lock(mutex_);
    given_.reset();
  }
  /// Waits for `fd`. @returns false if the signal was given first.
  [[nodiscard]] bool wait_for(int fd, short events) const {
    std::array<pollfd, 2> either{pollfd{fd, events, 0}, pollfd{heard_.get(), POLLIN, 0}};
    call("poll", ::poll, either.data(), either.size(), -1);
    return either[1].revents == 0;
  }

 private:
  std::mutex mutex_;
  ipc::UniqueFd heard_, given_;
};

void send(int out, std::span<const std::byte> mine, const StopSignal& stop) {
  while (!mine.empty() && stop.wait_for(out, POLLOUT)) {
    // There is room for this much, so that write(2) does not keep the thread where it cannot hear.
    const std::size_t piece = std::min<std::size_t>(mine.size(), PIPE_BUF);
    mine = mine.subspan(static_cast<std::size_t>(call("write", ::write, out, mine.data(), piece)));
  }
}

std::size_t receive(int in, std::span<std::byte> buffer, const StopSignal& stop) {
  std::size_t count = 0;
  while (count < buffer.size() && stop.wait_for(in, POLLIN)) {
    const ssize_t got = call("read", ::read, in, buffer.data() + count, buffer.size() - count);
    if (got == 0) break;
    count += static_cast<std::size_t>(got);
  }
  return count;
}

}  // namespace

std::vector<std::byte> lab::exchange(int out, int in, std::span<const std::byte> mine,
                                     std::size_t expected) {
  StopSignal stop;
  const auto stopping_the_other = [&stop](auto work) {
    try {
      return work();
    } catch (...) {
      stop.give();
      throw;
    }
  };
  std::vector<std::byte> received(expected);
  std::future<void> sending =
      std::async(std::launch::async, [&] { stopping_the_other([&] { send(out, mine, stop); }); });
  const std::size_t count = stopping_the_other([&] { return receive(in, received, stop); });
  sending.get();
  received.resize(count);
  return received;
}
