/// The bare mechanisms: what the kernel offers to whoever shares no memory.
#include <fcntl.h>
#include <mqueue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "common/bench/transports.h"
#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace bench {

namespace {

using ipc::SystemError;
using ipc::UniqueFd;

void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) throw SystemError("write");
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void read_all(int fd, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) throw SystemError("read");
    if (n == 0) throw Garbled("the stream came to an end");
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

/// A stream with two descriptors. Messages have no boundaries in it, and need none here: both sides
/// know how long they are.
class Stream {
 public:
  void open_sender() { out_.reset(); }
  void open_receiver() { in_.reset(); }
  void send(std::span<const std::byte> message) { write_all(in_.get(), message); }
  void receive(std::span<std::byte> message) { read_all(out_.get(), message); }

 protected:
  UniqueFd in_;
  UniqueFd out_;
};

class Pipe : public Stream {
 public:
  explicit Pipe(const Setting& setting) {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) < 0) throw SystemError("pipe2");
    out_.reset(fds[0]);
    in_.reset(fds[1]);
    // As much may be under way as in all the others. Where that is not allowed, it stays at 64 KiB.
    ::fcntl(fds[1], F_SETPIPE_SZ, static_cast<int>(setting.buffer));
  }
};

class UnixSocket : public Stream {
 public:
  explicit UnixSocket(const Setting& setting) {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) < 0) {
      throw SystemError("socketpair");
    }
    in_.reset(fds[0]);
    out_.reset(fds[1]);
    const int size = static_cast<int>(setting.buffer);
    ::setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);  // up to net.core.wmem_max
  }
};

/// What /proc/sys/fs/mqueue/`name` says; 0 where there are no message queues.
long limit_of_queues(const char* name) {
  long limit = 0;
  std::ifstream(std::string("/proc/sys/fs/mqueue/") + name) >> limit;
  return limit;
}

/// With the limits that the machine gives to everybody.
class MessageQueue {
 public:
  explicit MessageQueue(const Setting& setting) {
    const std::string name = "/" + setting.name;
    mq_attr attributes{};
    attributes.mq_maxmsg = limit_of_queues("msg_max");
    attributes.mq_msgsize = static_cast<long>(setting.payload);
    fd_.reset(::mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, &attributes));
    if (!fd_) throw SystemError("mq_open");
    ::mq_unlink(name.c_str());  // both processes have it open from now on
  }

  void open_sender() {}
  void open_receiver() {}

  void send(std::span<const std::byte> message) {
    const auto* bytes = reinterpret_cast<const char*>(message.data());
    if (::mq_send(fd_.get(), bytes, message.size(), 0) < 0) throw SystemError("mq_send");
  }
  void receive(std::span<std::byte> message) {
    auto* bytes = reinterpret_cast<char*>(message.data());
    const ssize_t n = ::mq_receive(fd_.get(), bytes, message.size(), nullptr);
    if (n < 0) throw SystemError("mq_receive");
    if (static_cast<std::size_t>(n) != message.size()) throw Garbled("a message is shorter");
  }

 private:
  UniqueFd fd_;  // on Linux a queue is a descriptor
};

}  // namespace

Transport pipe() {
  return transport<Pipe>("pipe", Group::bare, "pipe(7), as large as the ring", can_all);
}

Transport unix_socket() {
  return transport<UnixSocket>("unix socket", Group::bare, "unix(7), SOCK_STREAM", can_all);
}

Transport message_queue() {
  const auto longest = static_cast<std::size_t>(limit_of_queues("msgsize_max"));
  return transport<MessageQueue>(
      "POSIX message queue", Group::bare, "mq_overview(7), with the machine's limits",
      [longest](Kind, std::size_t payload) { return payload <= longest; });
}

}  // namespace bench
