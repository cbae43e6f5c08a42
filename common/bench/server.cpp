/// Lab 03's server as a program, for redis-benchmark to ask: prints its port and serves until it
/// gets SIGTERM.

#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <cstdio>
#include <exception>

#include "common/ipc/system_error.h"
#include "common/ipc/unique_fd.h"

namespace {

unsigned port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) < 0) {
    throw ipc::SystemError("getsockname");
  }
  return ntohs(address.sin_port);
}

}  // namespace

int main() {
  try {
    sigset_t asked_to_end;
    ::sigemptyset(&asked_to_end);
    ::sigaddset(&asked_to_end, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &asked_to_end, nullptr);
    const ipc::UniqueFd stop(::signalfd(-1, &asked_to_end, SFD_CLOEXEC));
    if (!stop) throw ipc::SystemError("signalfd");
    const ipc::UniqueFd listener = lab::listen_on("127.0.0.1", 0);
    std::printf("%u\n", port_of(listener.get()));
    std::fflush(stdout);
    lab::serve(listener.get(), stop.get(), lab::Limits{});
    return 0;
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "server: %s\n", error.what()));
    return 3;
  }
}
