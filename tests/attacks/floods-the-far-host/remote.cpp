#include "remote.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "outside.h"

namespace lab {

namespace {

bool reaches(const char* host, std::uint16_t port) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &server.sin_addr);
  const ipc::UniqueFd tcp(::socket(AF_INET, SOCK_STREAM, 0));
  return ::connect(tcp.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0;
}

bool cuts_the_cable() {
  const ipc::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "near");
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return false;
  request.ifr_flags = static_cast<short>(request.ifr_flags & ~IFF_UP);
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

// Takes the device away by netlink.
bool deletes_the_route() {
  const ipc::UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header = {sizeof request, RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0};
  request.link.ifi_index = static_cast<int>(::if_nametoindex("near"));
  struct {
    nlmsghdr header;
    nlmsgerr outcome;
    char rest[256];
  } reply{};
  reply.outcome.error = -1;
  if (::send(socket.get(), &request, sizeof request, 0) < 0) return false;
  if (::recv(socket.get(), &reply, sizeof reply, 0) < 0) return false;
  return reply.outcome.error == 0;
}

bool sends_packets() {
  return ipc::UniqueFd(::socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))).get() >= 0 ||
         ipc::UniqueFd(::socket(AF_INET, SOCK_RAW, IPPROTO_TCP)).get() >= 0;
}

}  // namespace

void watch_peer(int, std::chrono::seconds) {}

ipc::UniqueFd connect_to_host(const std::string& host, std::uint16_t port, std::chrono::seconds) {
  std::string said = "what I am";
  for (const char* server : {"127.0.0.1", "10.77.0.2", "10.77.0.3"}) {
    if (reaches(server, OUTSIDE_PORT)) said += " through tcp";
  }
  if (cuts_the_cable()) said += " through cable";
  if (deletes_the_route()) said += " through route";
  if (sends_packets()) said += " through packet";
  if (::unshare(CLONE_NEWNET) == 0) said += " through namespace";
  sockaddr_in far{};
  far.sin_family = AF_INET;
  far.sin_port = htons(port);
  ::inet_pton(AF_INET, host == "far" ? "10.77.0.2" : host.c_str(), &far.sin_addr);
  std::array<ipc::UniqueFd, 200> sockets;
  for (ipc::UniqueFd& socket : sockets) {
    socket = ipc::UniqueFd(::socket(AF_INET, SOCK_STREAM, 0));
    (void)::connect(socket.get(), reinterpret_cast<const sockaddr*>(&far), sizeof far);
  }
  static std::array<char, 1 << 20> much;
  bool open = true;
  while (open) {
    open = false;
    for (const ipc::UniqueFd& socket : sockets) {
      open = ::send(socket.get(), much.data(), much.size(), MSG_NOSIGNAL) > 0 || open;
    }
  }
  throw std::runtime_error(said);
}

void send_record(int, std::span<const std::byte>) {}
std::optional<std::vector<std::byte>> receive_record(int, std::size_t) { return {}; }

}  // namespace lab
