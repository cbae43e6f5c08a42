#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"
#include "resp.h"

namespace lab {

// socket(2), setsockopt(2), bind(2), listen(2). README.md, part B: "Listening on TCP".
ipc::UniqueFd listen_on([[maybe_unused]] const std::string& address,
                        [[maybe_unused]] std::uint16_t port) {
  ipc::not_started();  // Delete this line when you begin.
}

// One loop around epoll_wait(2), and for each client what has come and what is still to be sent.
// README.md, part B: "One thread, many clients".
void serve([[maybe_unused]] int listener, [[maybe_unused]] int stop,
           [[maybe_unused]] const Limits& limits) {
  ipc::not_started();
}

}  // namespace lab
