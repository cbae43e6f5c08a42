#include "common/judge/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"

namespace judge {

using ipc::SystemError;
using ipc::UniqueFd;

namespace {

constexpr std::size_t page = 4096;

void make_pipe(UniqueFd& reading, UniqueFd& writing, int capacity) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw SystemError("pipe2");
  reading = high(UniqueFd(ends[0]));
  writing = high(UniqueFd(ends[1]));
  if (capacity > 0 && ::fcntl(writing.get(), F_SETPIPE_SZ, capacity) < 0) {
    throw SystemError("fcntl(F_SETPIPE_SZ)");
  }
}

std::uint64_t inode_of(const UniqueFd& fd) {
  struct stat status {};
  ::fstat(fd.get(), &status);
  return status.st_ino;
}

}  // namespace

// A pipe of one page takes the next piece only when it is empty: POLLOUT then says that the piece
// before has been read. Blocking is a property of the open file description, and a pipe's two ends
// are two of those: the judge's end can be non-blocking without the role noticing.
Source::Source(Bytes bytes, Manner manner)
    : bytes_(std::move(bytes)), manner_(std::move(manner)), paused_(manner_.paused) {
  make_pipe(read_end_, write_end_, manner_.pieces.empty() ? 0 : static_cast<int>(page));
  inode_ = inode_of(write_end_);
  ::fcntl(write_end_.get(), F_SETFL, O_NONBLOCK);
  act();
}

std::size_t Source::left() const {
  int left = 0;
  ::ioctl(kept_.get(), FIONREAD, &left);
  return static_cast<std::size_t>(left);
}

void Source::keep_read_end() { kept_ = UniqueFd(::fcntl(read_end_.get(), F_DUPFD_CLOEXEC, 100)); }

pollfd Source::interest() const {
  if (!write_end_ || paused_) return {-1, 0, 0};
  if (written_ == bytes_.size()) return {-1, 0, 0};
  return {write_end_.get(), POLLOUT, 0};
}

void Source::act() {
  while (write_end_ && !paused_ && written_ < bytes_.size()) {
    std::size_t size = bytes_.size() - written_;
    if (!manner_.pieces.empty()) {
      pollfd room{write_end_.get(), POLLOUT, 0};
      if (::poll(&room, 1, 0) <= 0) return;
      size = std::min({size, manner_.pieces[std::min(piece_, manner_.pieces.size() - 1)], page});
    }
    const ssize_t n = ::write(write_end_.get(), bytes_.data() + written_, size);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) {  // EPIPE: the role reads no more
      broken_ = true;
      write_end_.reset();
      return;
    }
    written_ += static_cast<std::size_t>(n);
    ++piece_;
  }
  if (write_end_ && !paused_ && manner_.close_at_end) write_end_.reset();
}

Sink::Sink(Manner manner) : manner_(manner) {
  make_pipe(read_end_, write_end_, manner_.capacity);
  inode_ = inode_of(read_end_);
  ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
}

void Sink::attach(UniqueFd read_end) {
  read_end_ = std::move(read_end);
  inode_ = inode_of(read_end_);
  ::fcntl(read_end_.get(), F_SETFL, O_NONBLOCK);
}

pollfd Sink::interest() const {
  if (!read_end_ || at_end_ || paused_) return {-1, 0, 0};
  return {read_end_.get(), POLLIN, 0};
}

void Sink::act() {
  alignas(64) static thread_local std::array<std::byte, 1 << 16> piece;
  while (read_end_ && !at_end_ && !paused_) {
    const std::size_t wanted = std::min(piece.size(), manner_.close_after - bytes_.size());
    if (wanted == 0) {
      read_end_.reset();
      return;
    }
    const ssize_t n = ::read(read_end_.get(), piece.data(), wanted);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) {  // what a role has put there instead of a pipe: it would be readable for ever
      read_end_.reset();
      return;
    }
    if (n == 0) {
      at_end_ = true;
      return;
    }
    bytes_.insert(bytes_.end(), piece.begin(), piece.begin() + n);
    if (bytes_.size() > manner_.most) {
      flooded_ = true;
      read_end_.reset();
    }
  }
}

void Sink::run_ended() {
  write_end_.reset();
  paused_ = false;
  act();
}

Channel::Channel(int capacity) { make_pipe(read_end, write_end, capacity); }

}  // namespace judge
