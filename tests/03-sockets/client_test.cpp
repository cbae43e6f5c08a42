#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "common/ipc/system_error.h"
#include "server.h"
#include "tests/proof/program.h"

/// The solution's server, and the real clients of redis.

namespace {

using testing::HasSubstr;

/// A server in a process of its own, at a port that was free.
class Server {
 public:
  Server() : listener_(lab::listen_on("127.0.0.1", 0)) {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    if (::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
      throw ipc::SystemError("getsockname");
    }
    port_ = std::to_string(ntohs(name.sin_port));
    int ends[2];
    if (::pipe(ends) != 0) throw ipc::SystemError("pipe");
    ipc::UniqueFd stop(ends[0]);
    stop_.reset(ends[1]);
    pid_ = ::fork();
    if (pid_ != 0) return;
    stop_.reset();
    lab::serve(listener_.get(), stop.get(), {.max_request = 1 << 20, .max_unsent = 1 << 20});
    ::_exit(0);
  }
  Server(const Server&) = delete;
  ~Server() {
    stop_.reset();
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  ipc::UniqueFd listener_, stop_;
  std::string port_;
  pid_t pid_ = -1;
};

class RedisTools : public testing::Test {
 protected:
  std::string cli(std::vector<std::string> words) {
    words.insert(words.begin(), {"redis-cli", "-p", server_.port()});
    return proof::run({.words = words}).printed;
  }

  Server server_;
};

TEST_F(RedisTools, RedisCliUnderstandsEveryReply) {
  EXPECT_EQ(cli({"ping"}), "PONG\n");
  EXPECT_EQ(cli({"echo", "two words"}), "two words\n");
  EXPECT_EQ(cli({"set", "colour", "blue"}), "OK\n");
  EXPECT_EQ(cli({"get", "colour"}), "blue\n");
  EXPECT_EQ(cli({"get", "nothing"}), "\n");
  EXPECT_EQ(cli({"incr", "count"}), "1\n");
  EXPECT_EQ(cli({"incr", "count"}), "2\n");
  EXPECT_THAT(cli({"incr", "colour"}), HasSubstr("ERR value is not an integer or out of range"));
  EXPECT_THAT(cli({"get"}), HasSubstr("ERR wrong number of arguments for 'get' command"));
  EXPECT_EQ(cli({"del", "colour", "count", "nothing"}), "2\n");
}

// (Its mode --pipe needs inline commands, which our server does not know: it begins with an empty
// one.)
TEST_F(RedisTools, RedisCliRepeatsACommandOnOneConnection) {
  std::string expected;
  for (int i = 1; i <= 500; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(cli({"-r", "500", "incr", "count"}), expected);
}

TEST_F(RedisTools, RedisBenchmarkComesToItsEnd) {
  for (const char* pipelined : {"1", "16"}) {
    const proof::Ended ended = proof::run(
        {.words = {"redis-benchmark", "-p", server_.port(), "-t", "ping_mbulk,set,get,incr", "-c",
                   "50", "-n", "4000", "-P", pipelined, "--csv"}});
    EXPECT_EQ(ended.exit_status, 0) << ended.printed;
    for (const char* name : {"PING_MBULK", "SET", "GET", "INCR"}) {
      EXPECT_THAT(ended.printed, HasSubstr(std::string("\"") + name + "\""));
    }
  }
  EXPECT_EQ(cli({"ping"}), "PONG\n");
}

}  // namespace
