#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>

#include "common/bench/transports.h"

namespace bench {

namespace {

[[noreturn]] void failed(const char* call) {
  throw Garbled(std::string(call) + ": " + ::zmq_strerror(::zmq_errno()));
}

/// PUSH and PULL. Each process has a thread of ZeroMQ's besides its own, on the same processor.
class ZeroMq {
 public:
  explicit ZeroMq(const Setting& setting)
      : path_("/tmp/" + setting.name),
        // Messages, in either process; ZeroMQ's own choice is 1000.
        most_(static_cast<int>(std::clamp<std::size_t>((4 << 20) / setting.payload, 16, 1000))) {}
  ZeroMq(const ZeroMq&) = delete;
  ZeroMq& operator=(const ZeroMq&) = delete;
  ~ZeroMq() { ::unlink(path_.c_str()); }

  void open_sender() {
    open(ZMQ_PUSH, ZMQ_SNDHWM);
    if (::zmq_bind(socket_, ("ipc://" + path_).c_str()) < 0) failed("zmq_bind");
  }
  void open_receiver() {
    open(ZMQ_PULL, ZMQ_RCVHWM);
    if (::zmq_connect(socket_, ("ipc://" + path_).c_str()) < 0) failed("zmq_connect");
  }

  void send(std::span<const std::byte> message) {
    while (::zmq_send(socket_, message.data(), message.size(), 0) < 0) {
      if (errno != EINTR) failed("zmq_send");
    }
  }
  void receive(std::span<std::byte> message) {
    int n = -1;
    while ((n = ::zmq_recv(socket_, message.data(), message.size(), 0)) < 0) {
      if (errno != EINTR) failed("zmq_recv");
    }
    if (static_cast<std::size_t>(n) != message.size()) throw Garbled("a message has another size");
  }

 private:
  void open(int type, int option) {
    socket_ = ::zmq_socket(::zmq_ctx_new(), type);
    if (socket_ == nullptr) failed("zmq_socket");
    ::zmq_setsockopt(socket_, option, &most_, sizeof most_);
  }

  std::string path_;
  int most_;
  void* socket_ = nullptr;  // lives as long as its process
};

}  // namespace

Transport zeromq() {
  return transport<ZeroMq>("ZeroMQ ipc://", Group::peer, "PUSH and PULL; sleeps", can_all);
}

}  // namespace bench
