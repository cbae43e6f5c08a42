/// Two hosts and one cable: what is on the near one, and what the far one does. A shell in the
/// sandbox is the near host's process; the test speaks on the far host.

#include "common/judge/far_host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "common/ipc/system_error.h"
#include "common/judge/memory_file.h"
#include "common/judge/sandbox.h"

namespace {

using ipc::UniqueFd;
using judge::FarHost;
using judge::Sandbox;
using testing::HasSubstr;

const judge::Kit& kit() {
  static const judge::Kit kit(IPCLAB_KIT_DIR);
  return kit;
}

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw ipc::SystemError("pipe2");
    out = judge::high(UniqueFd(ends[0]));
    in = judge::high(UniqueFd(ends[1]));
  }
  UniqueFd out, in;
};

/// A shell on the near host, which is told what to do while it runs.
class NearShell {
 public:
  NearShell() {
    Sandbox sandbox(kit());
    sandbox.show_programs();
    sandbox.beside(far);
    process_ = std::make_unique<judge::Process>(
        sandbox.start({"/bin/bash"}, sandbox.scratch(), {},
                      {{commands_.out.get(), 0}, {words_.in.get(), 1}, {words_.in.get(), 2}}));
    commands_.out.reset();
    words_.in.reset();
  }

  void does(const std::string& command) {
    const std::string line = command + "\n";
    ASSERT_EQ(::write(commands_.in.get(), line.data(), line.size()),
              static_cast<ssize_t>(line.size()));
  }
  /// What it prints up to the end of a line.
  std::string says() {
    std::string line;
    for (char c = 0; ::read(words_.out.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }
  /// What it still prints until it ends by itself.
  std::string says_in_the_end() {
    commands_.in.reset();
    std::string all;
    std::array<char, 4096> piece;
    for (ssize_t n; (n = ::read(words_.out.get(), piece.data(), piece.size())) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  judge::Process& process() { return *process_; }

  FarHost far;

 private:
  Pipe commands_, words_;
  std::unique_ptr<judge::Process> process_;
};

sockaddr_in address(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

UniqueFd listener_on(const FarHost& far, const char* host, std::uint16_t port) {
  UniqueFd socket = far.socket();
  const sockaddr_in name = address(host, port);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  EXPECT_EQ(::listen(socket.get(), 8), 0);
  return socket;
}

// Waits as long as it takes: if it takes for ever, the test's time limit says so.
bool comes(const UniqueFd& socket) {
  pollfd event{socket.get(), POLLIN, 0};
  return ::poll(&event, 1, -1) == 1;
}

bool has_come(const UniqueFd& socket) {
  pollfd event{socket.get(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

UniqueFd accepted(const UniqueFd& listener) {
  comes(listener);
  return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

std::string received(const UniqueFd& socket) {
  std::array<char, 100> piece;
  const ssize_t n = ::recv(socket.get(), piece.data(), piece.size(), 0);
  return {piece.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

class TwoHosts : public testing::Test {
 protected:
  void SetUp() override {
    if (judge::best_isolation(kit()) != judge::Isolation::bubblewrap) {
      GTEST_SKIP() << "this machine grants no namespaces; the report says so too";
    }
    shell_ = std::make_unique<NearShell>();
  }
  NearShell& shell() { return *shell_; }
  FarHost& far() { return shell_->far; }

 private:
  std::unique_ptr<NearShell> shell_;
};

TEST_F(TwoHosts, HaveAnAddressEach) {
  const UniqueFd listener = listener_on(far(), two_hosts::other_far_address, 5000);
  shell().does(std::string("exec 3<>/dev/tcp/") + two_hosts::other_far_address +
               "/5000; echo hello >&3");
  const UniqueFd socket = accepted(listener);
  comes(socket);
  EXPECT_EQ(received(socket), "hello\n");
  sockaddr_in who{};
  socklen_t size = sizeof who;
  ::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&who), &size);
  EXPECT_EQ(who.sin_addr.s_addr, address(two_hosts::near_address, 0).sin_addr.s_addr);
}

TEST_F(TwoHosts, KnowEachOthersNames) {
  const UniqueFd listener = listener_on(far(), two_hosts::far_address, 5000);
  shell().does("exec 3<>/dev/tcp/far/5000; echo hello >&3");
  const UniqueFd socket = accepted(listener);
  comes(socket);
  EXPECT_EQ(received(socket), "hello\n");
}

TEST_F(TwoHosts, HaveNoOtherWayOut) {
  shell().does("cut -d: -f1 -s /proc/net/dev | sort | tr -d ' \\n'; echo; wc -l < /proc/net/route");
  EXPECT_EQ(shell().says(), "lonear");
  EXPECT_EQ(shell().says(), "2") << "a line of titles, and the network that both are on";
  shell().does("echo > /dev/tcp/192.0.2.1/80");
  EXPECT_THAT(shell().says_in_the_end(), HasSubstr("unreachable"));
}

TEST_F(TwoHosts, GiveTheSandboxNoRightToTheNetwork) {
  shell().does("grep -c '^Cap[PE].*:.0*$' /proc/self/status");
  const std::string capabilities = shell().says();
  shell().does("echo 1 > /proc/sys/net/ipv4/ip_forward");
  EXPECT_EQ(capabilities, "2") << "permitted, effective";
  EXPECT_THAT(shell().says_in_the_end(), HasSubstr("Read-only"));
}

TEST_F(TwoHosts, AreSilentWhenTheFarOneHasVanished) {
  const UniqueFd listener = listener_on(far(), two_hosts::far_address, 5000);
  shell().does("exec 3<>/dev/tcp/far/5000; echo connected");
  EXPECT_EQ(shell().says(), "connected");
  const UniqueFd socket = accepted(listener);
  EXPECT_FALSE(judge::kernel_has_timers(shell().process().first()));
  far().vanish();
  shell().does("echo hello >&3; echo sent");
  EXPECT_EQ(shell().says(), "sent") << "nobody on the near host has been told";
  EXPECT_FALSE(has_come(socket));
  shell().does("grep -c ' 0x6 ' /proc/net/arp");
  EXPECT_EQ(shell().says(), "2") << "nobody asks who has its addresses, and hears nothing";
  EXPECT_TRUE(judge::kernel_has_timers(shell().process().first())) << "it will be sent again";
  EXPECT_FALSE(far().in_transit(shell().process().first())) << "it will not arrive";
  far().come_back();
  comes(socket);
  EXPECT_EQ(received(socket), "hello\n");
}

TEST_F(TwoHosts, GoOnWithAConnectionAfterwards) {
  const UniqueFd listener = listener_on(far(), two_hosts::far_address, 5000);
  shell().does("exec 3<>/dev/tcp/far/5000");
  const UniqueFd socket = accepted(listener);
  far().vanish();
  far().come_back();
  ASSERT_EQ(::send(socket.get(), "again\n", 6, MSG_NOSIGNAL), 6);
  shell().does("read -u 3 word; echo $word");
  EXPECT_EQ(shell().says(), "again");
}

TEST_F(TwoHosts, EndWithTheSandbox) {
  shell().does("exit 7");
  const int status = shell().process().wait();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_THROW((void)far().socket(), std::runtime_error);
}

TEST_F(TwoHosts, EndWhenTheSandboxIsKilled) {
  shell().process().kill();
  shell().process().wait();
  EXPECT_THROW((void)far().socket(), std::runtime_error);
}

}  // namespace
