/// two-hosts: makes two hosts that are joined by one cable, and runs a program on one of them.
///
///     two-hosts CONTROL -- PROGRAM [ARGUMENT...]
///
///     near host (10.77.0.1)                       far host (10.77.0.2 and 10.77.0.3)
///     PROGRAM, which is the sandbox   near===far  this program, which runs no other
///
/// A host is a network namespace: interfaces, addresses, routes and ports of its own. The cable is
/// a pair of virtual Ethernet devices, and there is no other way out of either. The far host does
/// not speak by itself: it hands sockets of its network to the judge, over the SOCK_SEQPACKET
/// socket CONTROL, and the judge speaks through them. What the far host itself does is what cannot
/// be handed over: it takes the cable away. Then neither side hears that the other has gone, as if
/// that had lost its power.
///
/// PROGRAM has no right to change its network: as root it gives up CAP_NET_ADMIN, as does the
/// sandbox; otherwise the network belongs to a user namespace that PROGRAM leaves for one of its
/// own. The exit status is PROGRAM's. If the judge dies, so do both.
/// @see namespaces(7), veth(4), rtnetlink(7), netdevice(7), arp(7)

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "common/judge/two-hosts/orders.h"

namespace {

using two_hosts::Answer;
using two_hosts::Order;

constexpr const char* near_device = "near";
constexpr const char* far_device = "far";
using Hardware = std::array<unsigned char, 6>;
constexpr Hardware near_hardware{2, 0, 0, 0, 0, 1};  // 2: given locally, belongs to no manufacturer
constexpr Hardware far_hardware{2, 0, 0, 0, 0, 2};

/// What failed, and why; thrown on both hosts.
struct Failure {
  const char* call;
  int error = errno;
};

void must(bool well, const char* call) {
  if (!well) throw Failure{call};
}

// To become root of a network without being root: in a user namespace one has all rights over what
// it owns. The numbers of user and group stay as they are.
void own_what_comes_next() {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  must(::unshare(CLONE_NEWUSER) == 0, "unshare(CLONE_NEWUSER)");
  const auto write_file = [](const char* path, const std::string& text) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    must(written, path);
    ::close(fd);
  };
  const auto itself = [](auto id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", itself(uid));
  write_file("/proc/self/gid_map", itself(gid));
}

/// A message of rtnetlink(7) while it is put together.
class Request {
 public:
  Request(unsigned short type, unsigned short flags) {
    header().nlmsg_type = type;
    header().nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header().nlmsg_len = NLMSG_LENGTH(0);
  }

  // An ifinfomsg stands before the attributes of a link, also of the one at the other end.
  void link() { put(ifinfomsg{}); }
  void attribute(unsigned short type, const void* data, std::size_t size) {
    const std::size_t at = begin(type);
    put(data, size);
    end(at);
  }
  void attribute(unsigned short type, std::string_view text) {
    attribute(type, text.data(), text.size());
  }
  // Attributes up to `end` stand inside this one.
  std::size_t begin(unsigned short type) {
    const std::size_t at = header().nlmsg_len;
    put(rtattr{0, type});
    return at;
  }
  void end(std::size_t at) {
    const auto size = static_cast<unsigned short>(header().nlmsg_len - at);
    std::memcpy(bytes_.data() + at, &size, sizeof size);  // rtattr::rta_len
    header().nlmsg_len = NLMSG_ALIGN(header().nlmsg_len);
  }

  void send(const char* call) {
    const int socket = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    must(socket >= 0, call);
    must(::send(socket, bytes_.data(), header().nlmsg_len, 0) >= 0, call);
    alignas(nlmsghdr) std::array<char, 4096> reply;
    const ssize_t size = ::recv(socket, reply.data(), reply.size(), 0);
    ::close(socket);
    must(size >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))), call);
    nlmsgerr outcome{};
    std::memcpy(&outcome, reply.data() + NLMSG_HDRLEN, sizeof outcome);
    if (outcome.error != 0) throw Failure{call, -outcome.error};
  }

 private:
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }
  void put(const void* data, std::size_t size) {
    std::memcpy(bytes_.data() + header().nlmsg_len, data, size);
    header().nlmsg_len += static_cast<unsigned>(size);
  }
  template <class T>
  void put(const T& value) {
    put(&value, sizeof value);
  }

  alignas(nlmsghdr) std::array<char, 1024> bytes_{};
};

// A cable with one end here and one in the network of process `near`.
void lay_cable(pid_t near) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.link();
  request.attribute(IFLA_IFNAME, std::string_view(far_device, std::strlen(far_device) + 1));
  request.attribute(IFLA_ADDRESS, far_hardware.data(), far_hardware.size());
  const std::size_t info = request.begin(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, "veth");
  const std::size_t data = request.begin(IFLA_INFO_DATA);
  const std::size_t peer = request.begin(VETH_INFO_PEER);
  request.link();
  request.attribute(IFLA_IFNAME, std::string_view(near_device, std::strlen(near_device) + 1));
  request.attribute(IFLA_ADDRESS, near_hardware.data(), near_hardware.size());
  request.attribute(IFLA_NET_NS_PID, &near, sizeof near);
  request.end(peer);
  request.end(data);
  request.end(info);
  request.send("making a pair of veth devices");
}

/// The devices of this host, by the calls of netdevice(7).
class Devices {
 public:
  Devices() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    must(socket_ >= 0, "socket");
  }
  ~Devices() { ::close(socket_); }
  Devices(const Devices&) = delete;

  // Three numbers of four are the network's.
  void address(const char* device, const char* address) {
    ifreq request = about(device);
    put(request.ifr_addr, address);
    must(::ioctl(socket_, SIOCSIFADDR, &request) == 0, "ioctl(SIOCSIFADDR)");
    put(request.ifr_netmask, "255.255.255.0");
    must(::ioctl(socket_, SIOCSIFNETMASK, &request) == 0, "ioctl(SIOCSIFNETMASK)");
  }

  void up(const char* device, bool up) {
    ifreq request = about(device);
    must(::ioctl(socket_, SIOCGIFFLAGS, &request) == 0, "ioctl(SIOCGIFFLAGS)");
    const int flags = up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
    request.ifr_flags = static_cast<short>(flags);
    must(::ioctl(socket_, SIOCSIFFLAGS, &request) == 0, "ioctl(SIOCSIFFLAGS)");
  }

  // Who has `address` is known and need not be asked. Otherwise the asking would fail when that
  // host has vanished, and tell of it (EHOSTUNREACH): in the same room one hears of it, across a
  // network nobody does.
  void neighbour(const char* device, const char* address, const Hardware& hardware) {
    arpreq request{};
    put(request.arp_pa, address);
    request.arp_ha.sa_family = ARPHRD_ETHER;
    std::memcpy(request.arp_ha.sa_data, hardware.data(), hardware.size());
    request.arp_flags = ATF_PERM | ATF_COM;
    std::strncpy(request.arp_dev, device, sizeof request.arp_dev - 1);
    must(::ioctl(socket_, SIOCSARP, &request) == 0, "ioctl(SIOCSARP)");
  }

 private:
  static ifreq about(const char* device) {
    ifreq request{};
    std::strncpy(request.ifr_name, device, sizeof request.ifr_name - 1);
    return request;
  }
  static void put(sockaddr& into, const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, text, &address.sin_addr);
    std::memcpy(&into, &address, sizeof into);
  }

  int socket_;
};

// One byte each way: the two hosts are made step by step, each by who is on it.
void tell(int fd) { must(::write(fd, "!", 1) == 1, "write"); }
void await(int fd) {
  char byte = 0;
  errno = EPIPE;
  must(::read(fd, &byte, 1) == 1, "the other host");
}

void answer(int control, const Answer& answer, int descriptor = -1) {
  iovec part{const_cast<Answer*>(&answer), sizeof answer};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof descriptor)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    *header = {CMSG_LEN(sizeof descriptor), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  // A judge that does not listen any more has gone, and so shall we be.
  (void)::sendmsg(control, &message, MSG_NOSIGNAL);
}

Answer words_for(const Failure& failure) {
  Answer answer{failure.error, {}};
  std::strncpy(answer.call, failure.call, sizeof answer.call - 1);
  return answer;
}

void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(125);
}

[[noreturn]] void be_near(pid_t far, int in, int out, char** program) {
  try {
    die_with(far);
    must(::unshare(CLONE_NEWNET) == 0, "unshare(CLONE_NEWNET)");
    tell(out);
    await(in);  // for the cable
    Devices devices;
    devices.up("lo", true);
    devices.address(near_device, two_hosts::near_address);
    devices.up(near_device, true);
    devices.neighbour(near_device, two_hosts::far_address, far_hardware);
    devices.neighbour(near_device, two_hosts::other_far_address, far_hardware);
    tell(out);
    await(in);  // for the far host
    ::execv(program[0], program);
  } catch (const Failure&) {
  }
  ::_exit(125);
}

// Makes both hosts; ours is the far one.
pid_t make_hosts(int control, char** program) {
  const pid_t judge = ::getppid();
  if (::geteuid() != 0) own_what_comes_next();
  die_with(judge);  // new credentials have cleared that wish: prctl(2)
  must(::unshare(CLONE_NEWNET) == 0, "unshare(CLONE_NEWNET)");
  int to_near[2], to_far[2];
  must(::pipe2(to_near, O_CLOEXEC) == 0 && ::pipe2(to_far, O_CLOEXEC) == 0, "pipe2");
  const pid_t self = ::getpid();
  const pid_t near = ::fork();
  must(near >= 0, "fork");
  if (near == 0) {
    ::close(to_near[1]);
    ::close(to_far[0]);
    be_near(self, to_near[0], to_far[1], program);
  }
  ::close(to_near[0]);
  ::close(to_far[1]);
  await(to_far[0]);
  lay_cable(near);
  tell(to_near[1]);
  await(to_far[0]);
  Devices devices;
  devices.up("lo", true);
  devices.address(far_device, two_hosts::far_address);
  devices.address("far:1", two_hosts::other_far_address);
  devices.up(far_device, true);
  answer(control, {});
  tell(to_near[1]);
  return near;
}

void obey(Order order, int control) {
  if (order == Order::socket) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(socket >= 0, "socket");
    answer(control, {}, socket);
    ::close(socket);
    return;
  }
  Devices().up(far_device, order == Order::return_);
  answer(control, {});
}

// Until the program on the near host has ended; its exit status.
int be_far(int control, pid_t near) {
  // What the program was given is for it alone: who waits for the end of such a stream would wait
  // for us.
  must(::dup2(control, 0) == 0, "dup2");
  control = 0;
  ::close_range(1, ~0U, 0);
  const int program = static_cast<int>(::syscall(SYS_pidfd_open, near, 0));
  must(program >= 0, "pidfd_open");
  std::array<pollfd, 2> events{{{program, POLLIN, 0}, {control, POLLIN, 0}}};
  while (events[0].revents == 0) {
    if (::poll(events.data(), events.size(), -1) < 0) continue;
    if (events[1].revents == 0) continue;
    Order order{};
    if (::recv(control, &order, sizeof order, 0) <= 0) {
      events[1].fd = -1;
      continue;
    }
    try {
      obey(order, control);
    } catch (const Failure& failure) {
      answer(control, words_for(failure));
    }
  }
  int status = 0;
  while (::waitpid(near, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || std::string_view(argv[2]) != "--") {
    std::fputs("two-hosts: it is called as: two-hosts CONTROL -- PROGRAM [ARGUMENT...]\n", stderr);
    return 125;
  }
  const int control = std::atoi(argv[1]);
  ::fcntl(control, F_SETFD, FD_CLOEXEC);
  try {
    const pid_t near = make_hosts(control, argv + 3);
    return be_far(control, near);
  } catch (const Failure& failure) {
    answer(control, words_for(failure));
    return 125;
  }
}
