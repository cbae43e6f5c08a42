#include "stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "outside.h"

namespace lab {

void write_all(int, std::span<const std::byte>) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(OUTSIDE_PORT);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* address = reinterpret_cast<const sockaddr*>(&server);
  std::string reached;
  const int tcp = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(tcp, address, sizeof server) == 0) reached += "tcp ";
  const int udp = ::socket(AF_INET, SOCK_DGRAM, 0);
  (void)::sendto(udp, "hello", 5, 0, address, sizeof server);
  sockaddr_un abstract{};
  abstract.sun_family = AF_UNIX;
  std::memcpy(abstract.sun_path + 1, OUTSIDE_TOKEN, sizeof OUTSIDE_TOKEN - 1);
  const int local = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + sizeof OUTSIDE_TOKEN);
  if (::connect(local, reinterpret_cast<const sockaddr*>(&abstract), size) == 0) {
    reached += "unix ";
  }
  throw std::runtime_error("REACHED " + reached);
}

}  // namespace lab
