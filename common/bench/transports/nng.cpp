#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <unistd.h>

#include "common/bench/transports.h"

namespace bench {

namespace {

void expect_success(int status, const char* call) {
  if (status != 0) throw Garbled(std::string(call) + ": " + ::nng_strerror(status));
}

/// A pair. Each process has threads of nng's besides its own, on the same processor.
class Nng {
 public:
  explicit Nng(const Setting& setting) : path_("/tmp/" + setting.name) {}
  Nng(const Nng&) = delete;
  Nng& operator=(const Nng&) = delete;
  ~Nng() { ::unlink(path_.c_str()); }

  void open_sender() {
    expect_success(::nng_pair0_open(&socket_), "nng_pair0_open");
    ::nng_socket_set_int(socket_, NNG_OPT_SENDBUF, 128);
    expect_success(::nng_listen(socket_, ("ipc://" + path_).c_str(), nullptr, 0), "nng_listen");
  }
  void open_receiver() {
    expect_success(::nng_pair0_open(&socket_), "nng_pair0_open");
    ::nng_socket_set_int(socket_, NNG_OPT_RECVBUF, 128);
    // Its own limit for a message is 1 MiB, the envelope included.
    ::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0);
    expect_success(::nng_dial(socket_, ("ipc://" + path_).c_str(), nullptr, 0), "nng_dial");
  }

  void send(std::span<const std::byte> message) {
    expect_success(::nng_send(socket_, const_cast<std::byte*>(message.data()), message.size(), 0),
                   "nng_send");
  }
  void receive(std::span<std::byte> message) {
    std::size_t size = message.size();
    expect_success(::nng_recv(socket_, message.data(), &size, 0), "nng_recv");
    if (size != message.size()) throw Garbled("a message has another size");
  }

 private:
  std::string path_;
  nng_socket socket_{};
};

}  // namespace

Transport nng() { return transport<Nng>("nng ipc://", Group::peer, "pair0; sleeps", can_all); }

}  // namespace bench
