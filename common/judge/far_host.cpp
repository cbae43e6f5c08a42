#include "common/judge/far_host.h"

#include <sys/socket.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <span>
#include <sstream>

#include "common/ipc/system_error.h"
#include "common/judge/sockets.h"

namespace judge {

using ipc::UniqueFd;
using two_hosts::Answer;
using two_hosts::Order;

namespace {

std::string words_of(const Answer& answer) {
  return std::string(answer.call, ::strnlen(answer.call, sizeof answer.call)) + ": " +
         ::strerror(answer.error);
}

/// What /proc/net/tcp calls the timer of a connection.
enum class Timer { none, retransmission, other, after_the_end, window_probe };

/// A line of it. @see proc(5), Documentation/networking/proc_net_tcp.rst in the kernel's sources
struct Connection {
  Timer timer;
  unsigned long ticks;  ///< until the timer: hundredths of a second
  unsigned long inode;  ///< 0: no process has it any more
};

bool any_connection(pid_t pid, const std::function<bool(const Connection&)>& is) {
  for (const char* table : {"/net/tcp", "/net/tcp6"}) {
    std::ifstream file("/proc/" + std::to_string(pid) + table);
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string number, local, remote, state, queues, when, retransmissions, uid, timeout;
      Connection connection{};
      words >> number >> local >> remote >> state >> queues >> when >> retransmissions >> uid >>
          timeout >> connection.inode;
      if (!words || when.size() < 4) continue;
      connection.timer = static_cast<Timer>(std::stoi(when.substr(0, 2), nullptr, 16));
      connection.ticks = std::stoul(when.substr(3), nullptr, 16);
      if (is(connection)) return true;
    }
  }
  return false;
}

bool waits_for_acknowledgement(pid_t pid) {
  return any_connection(pid, [](const Connection& connection) {
    return connection.timer == Timer::retransmission && connection.inode != 0;
  });
}

}  // namespace

FarHost::FarHost(UniqueFd control, pid_t pid) : control_(std::move(control)), pid_(pid) {
  Answer answer{};
  UniqueFd none;
  const std::size_t size =
      receive_with_descriptor(control_.get(), std::as_writable_bytes(std::span(&answer, 1)), none);
  if (size != sizeof answer) throw NoTwoHosts("what should make it ended before its time");
  if (answer.error != 0) throw NoTwoHosts("this machine grants none: " + words_of(answer));
}

UniqueFd FarHost::tell(Order order) const {
  send_with_descriptors(control_.get(), std::as_bytes(std::span(&order, 1)), {});
  Answer answer{};
  UniqueFd descriptor;
  const std::size_t size = receive_with_descriptor(
      control_.get(), std::as_writable_bytes(std::span(&answer, 1)), descriptor);
  if (size != sizeof answer) throw std::runtime_error("the far host is gone");
  if (answer.error != 0) throw std::runtime_error("the far host: " + words_of(answer));
  return descriptor;
}

UniqueFd FarHost::socket() const { return tell(Order::socket); }

void FarHost::vanish() {
  tell(Order::vanish);
  vanished_ = true;
}

void FarHost::come_back() {
  if (!vanished_) return;
  tell(Order::return_);
  vanished_ = false;
}

bool FarHost::in_transit(pid_t near) const {
  return !vanished_ && (waits_for_acknowledgement(near) || waits_for_acknowledgement(pid_));
}

bool kernel_has_timers(pid_t pid) {
  constexpr unsigned long a_minute = 60UL * 100;
  return any_connection(pid, [](const Connection& connection) {
    return connection.timer != Timer::none && connection.timer != Timer::after_the_end &&
           connection.inode != 0 && connection.ticks <= a_minute;
  });
}

}  // namespace judge
