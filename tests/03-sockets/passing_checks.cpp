#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "passing.h"
#include "sockets.h"

using namespace judge;
using namespace sockets;

/// Part C: descriptors that travel, and who is at the other end.

namespace {

std::uint64_t inode_of(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// A pipe whose write end can be given away, and whose read end the judge has.
struct Tube {
  Tube() : sink(Sink::Elsewhere{}) {
    Channel channel;
    sink.attach(high(std::move(channel.read_end)));
    write_end = high(std::move(channel.write_end));
  }
  Sink sink;
  ipc::UniqueFd write_end;
};

}  // namespace

// Sends its payload with `count` descriptors: those it was given, in turn.
ROLE(sends) {
  std::vector<int> descriptors;
  const auto given = me.number("given");
  for (std::int64_t i = 0; i < me.number("count"); ++i) {
    descriptors.push_back(me.fd("fd" + std::to_string(i % given)));
  }
  lab::send_message(me.fd("socket"), me.payload(), descriptors);
  for (std::int64_t i = 0; i < given; ++i) {
    if (::fcntl(me.fd("fd" + std::to_string(i)), F_GETFD) < 0) me.report("closed", i);
  }
}

CHECK(Passing, SendsCopies, part('C'), behaviour, points(3),
      "a message arrives with its descriptors in their order, and the sender keeps its own") {
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, random.between(3, 20), std::size_t{253}}) {
    Pair pair(SOCK_SEQPACKET);
    Packets other(std::move(pair.ours));
    const std::string bytes = to_text(random.bytes(random.between(1, 3000)));
    constexpr std::size_t given = 3;
    std::vector<std::uint64_t> inodes;
    Cast cast(sends);
    for (std::size_t i = 0; i < given; ++i) {
      Channel channel;
      inodes.push_back(inode_of(channel.write_end.get()));
      cast.descriptors["fd" + std::to_string(i)] = std::move(channel.write_end);
    }
    const RunResult run = explore(Scenario()
                                      .with(std::move(cast)
                                                .payload(to_bytes(bytes))
                                                .give("socket", std::move(pair.theirs))
                                                .give("given", std::int64_t{given})
                                                .give("count", static_cast<std::int64_t>(count)))
                                      .with(other));
    const std::string situation = "send_message was called once, with " +
                                  counted(bytes.size(), "byte") + " and " +
                                  counted(count, "descriptor") + ". ";
    if (other.came().size() != 1) {
      fail(Finding::wrong_result, situation + counted(other.came().size(), "message") + " arrived.",
           "Descriptors travel");
    }
    const Packet& packet = other.came()[0];
    if (const std::string text = difference(as_bytes(bytes), as_bytes(packet.bytes));
        !text.empty()) {
      fail(Finding::wrong_result, situation + text, "Descriptors travel");
    }
    if (packet.descriptors.size() != count) {
      fail(Finding::wrong_result,
           situation + "With the message came " + counted(packet.descriptors.size(), "descriptor") +
               ".",
           "Descriptors travel");
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (inode_of(packet.descriptors[i].get()) == inodes[i % given]) continue;
      fail(Finding::wrong_result,
           situation + "Number " + std::to_string(i + 1) + " of those that came is not number " +
               std::to_string(i + 1) + " of those that were sent.",
           "Descriptors travel");
    }
    if (run.only().reported("closed") != nullptr) {
      fail(Finding::wrong_result,
           situation +
               "Afterwards the sender's own descriptors were closed. What travels is a "
               "copy, and the header says that the caller keeps its own.",
           "Descriptors travel");
    }
  }
}

// Receives until the end, and writes each message into the descriptors that came with it.
ROLE(receives) {
  const auto max_bytes = static_cast<std::size_t>(me.number("max bytes"));
  const auto max_descriptors = static_cast<std::size_t>(me.number("max descriptors"));
  if (const auto spare = me.number("spare descriptors"); spare >= 0) {
    const int lowest = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(lowest);
    const auto most = static_cast<rlim_t>(lowest + spare);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  for (std::int64_t i = 0; i < me.number("times"); ++i) {
    try {
      const auto message = lab::receive_message(me.fd("socket"), max_bytes, max_descriptors);
      if (!message) {
        me.report("got", "the end");
        break;
      }
      me.report("got", "a message");
      me.report("bytes", message->bytes);
      me.report("count", static_cast<std::int64_t>(message->descriptors.size()));
      for (const ipc::UniqueFd& fd : message->descriptors) {
        if ((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) == 0) me.report("open on exec", "");
        (void)!::write(fd.get(), message->bytes.data(), message->bytes.size());
      }
    } catch (const lab::MessageTooLarge&) {
      me.report("got", "MessageTooLarge");
    }
  }
}

namespace {

Cast receiving(ipc::UniqueFd socket, std::size_t max_bytes, std::size_t max_descriptors) {
  return Cast(receives)
      .give("socket", std::move(socket))
      .give("max bytes", static_cast<std::int64_t>(max_bytes))
      .give("max descriptors", static_cast<std::int64_t>(max_descriptors))
      .give("spare descriptors", std::int64_t{-1})
      .give("times", std::int64_t{10});
}

// Descriptors for nothing but to be counted.
std::vector<ipc::UniqueFd> some_descriptors(std::size_t count) {
  std::vector<ipc::UniqueFd> descriptors;
  for (std::size_t i = 0; i < count; ++i) {
    descriptors.push_back(high(ipc::UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC))));
  }
  return descriptors;
}

std::string leaks_of(const RoleResult& role) {
  std::vector<std::string> numbers;
  for (const Leak& leak : role.leaks) numbers.push_back(std::to_string(leak.fd));
  return joined(numbers);
}

}  // namespace

CHECK(Passing, ReceivesWhatWasSent, part('C'), behaviour, points(3),
      "each message comes by itself, with descriptors that work, and then the end") {
  Pair pair(SOCK_SEQPACKET);
  Packets other(std::move(pair.ours));
  const std::size_t max_bytes = random.between(100, 2000);
  std::vector<std::string> messages;
  std::vector<std::unique_ptr<Tube>> tubes;
  std::vector<std::size_t> counts{0, 1, 2, 0, random.between(3, 6)};
  Scenario scenario;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Packet packet{random.word(i == 1 ? max_bytes : random.between(1, max_bytes))};
    messages.push_back(packet.bytes);
    for (std::size_t k = 0; k < counts[i]; ++k) {
      tubes.push_back(std::make_unique<Tube>());
      packet.descriptors.push_back(std::move(tubes.back()->write_end));
      scenario.peers.push_back(&tubes.back()->sink);
    }
    other.send(packet);
  }
  other.finish();
  const RunResult run = explore(std::move(scenario)
                                    .with(receiving(std::move(pair.theirs), max_bytes, 6))
                                    .with(other)
                                    .about("Descriptors travel"));
  const auto bytes = run.only().all("bytes");
  const auto got_counts = run.only().all("count");
  std::size_t tube = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string situation = "Message " + std::to_string(i + 1) + " had " +
                                  counted(messages[i].size(), "byte") + " and " +
                                  counted(counts[i], "descriptor") + ". ";
    const std::string text =
        difference(as_bytes(messages[i]), as_bytes(i < bytes.size() ? bytes[i] : std::string()));
    if (!text.empty()) fail(Finding::wrong_result, situation + text, "Descriptors travel");
    if (i >= got_counts.size() || got_counts[i] != std::to_string(counts[i])) {
      fail(Finding::wrong_result,
           situation + "receive_message returned it with " +
               (i < got_counts.size() ? got_counts[i] : "none") + ".",
           "Descriptors travel");
    }
    for (std::size_t k = 0; k < counts[i]; ++k, ++tube) {
      if (to_text(tubes[tube]->sink.bytes()) == messages[i]) continue;
      fail(Finding::wrong_result,
           situation + "What was written into number " + std::to_string(k + 1) +
               " of them did not come out of the pipe that it belongs to.",
           "Descriptors travel");
    }
  }
  if (run.only().last("got") != "the end") {
    fail(Finding::wrong_result,
         "After five messages the other side closed its end: receive_message has to return "
         "nothing, and it came to " +
             run.only().last("got") + ".",
         "Descriptors travel");
  }
}

CHECK(Passing, KeepsNothingOfWhatItRefuses, part('C'), faults, points(4),
      "a message that does not fit is refused, and its descriptors are closed") {
  struct Case {
    std::size_t bytes, descriptors;
    std::int64_t spare;
    std::string got, in_words;
  };
  const std::size_t max_bytes = random.between(10, 100);
  const std::string refused = "MessageTooLarge";
  for (const std::size_t most : {std::size_t{1}, std::size_t{2}, random.between(3, 9)}) {
    for (const Case& one :
         {Case{max_bytes, most, -1, "a message", ""},
          Case{max_bytes, most + 1, -1, refused, "one descriptor more than may come"},
          Case{max_bytes, most + 30, -1, refused, "30 descriptors more than may come"},
          Case{max_bytes + 1, most, -1, refused, "one byte more than may come"},
          Case{max_bytes + 1, most + 1, -1, refused, "one byte and one descriptor too many"},
          Case{max_bytes, most, static_cast<std::int64_t>(most) - 1, refused,
               "as many descriptors as may come, but the process can open one less (RLIMIT_NOFILE; "
               "recvmsg(2) says MSG_CTRUNC)"}}) {
      Pair pair(SOCK_SEQPACKET);
      Packets other(std::move(pair.ours));
      other.send({random.word(one.bytes), some_descriptors(one.descriptors)});
      const std::string next = random.word(max_bytes);
      other.send({next});
      other.finish();
      Cast cast = receiving(std::move(pair.theirs), max_bytes, most);
      cast.give("spare descriptors", std::to_string(one.spare));
      const RunResult run = explore(
          Scenario().with(std::move(cast)).with(other).about("A message that does not fit"));
      const RoleResult& role = run.only();
      const std::string situation = "receive_message was called with room for " +
                                    counted(max_bytes, "byte") + " and " +
                                    counted(most, "descriptor") + ". ";
      const auto got = role.all("got");
      if (got.empty() || got[0] != one.got) {
        fail(Finding::unhandled_fault,
             situation +
                 (one.got == refused ? "The message had " + one.in_words +
                                           ": MessageTooLarge has to be thrown, and "
                                     : "The message had exactly as much, and ") +
                 (got.empty() ? "nothing came of it." : got[0] + " was what came of it."),
             "A message that does not fit");
      }
      if (!role.leaks.empty()) {
        fail(Finding::leak,
             situation + "The message had " +
                 (one.in_words.empty() ? "exactly as much" : one.in_words) +
                 ". Afterwards the process has descriptors " + leaks_of(role) +
                 " open, and nobody knows of them. What arrives before an error is noticed has "
                 "to be closed.",
             "A message that does not fit");
      }
      if (role.all("got").size() != 3 || role.last("bytes") != next) {
        fail(Finding::wrong_result,
             situation + "The message had " +
                 (one.in_words.empty() ? "exactly as much" : one.in_words) +
                 ". The message behind it did not come out as it was sent.",
             "A message that does not fit");
      }
    }
  }
}

CHECK(Passing, ClosesOnExec, part('C'), hygiene, points(2),
      "descriptors that arrive are closed by exec(3), and by their owner") {
  Pair pair(SOCK_SEQPACKET);
  Packets other(std::move(pair.ours));
  const std::size_t count = random.between(2, 5);
  other.send({random.word(9), some_descriptors(count)});
  other.finish();
  const RunResult run = explore(Scenario()
                                    .with(receiving(std::move(pair.theirs), 100, 9))
                                    .with(other)
                                    .about("Descriptors travel"));
  const RoleResult& role = run.only();
  if (role.last("count") != std::to_string(count)) {
    expect_work("Of " + counted(count, "descriptor") + " " + role.last("count") + " arrived.");
  }
  if (role.reported("open on exec") != nullptr) {
    fail(Finding::leak,
         "A descriptor that came with a message has no FD_CLOEXEC: every program that this process "
         "starts from now on inherits it. The sender's flag does not travel with it.",
         "Descriptors travel");
  }
  if (!role.leaks.empty()) {
    fail(Finding::leak,
         "The message is gone, and descriptors " + leaks_of(role) + " of it are still open.",
         "Leaving no trace");
  }
}

// SIGPIPE is as the process has found it: it ends it.
ROLE(sends_to_nobody) {
  std::signal(SIGPIPE, SIG_DFL);
  const std::vector<std::byte> nothing, something(5);
  const auto thrown = [&](std::span<const std::byte> bytes, std::span<const int> descriptors) {
    try {
      lab::send_message(me.fd("socket"), bytes, descriptors);
      return std::string("nothing");
    } catch (const std::invalid_argument&) {
      return std::string("std::invalid_argument");
    } catch (const ipc::SystemError& e) {
      return std::string(::strerrorname_np(e.error()));
    }
  };
  me.report("no bytes", thrown(nothing, {}));
  const std::vector<int> many(lab::most_descriptors + 1, me.fd("socket"));
  me.report("many", thrown(something, many));
  me.report("nobody", thrown(something, {}));
}

CHECK(Passing, SurvivesSignalsAndTheEnd, part('C'), faults, points(3),
      "an interrupted call is repeated, and who sends to nobody is told so") {
  const std::string word = random.word(20);
  std::unique_ptr<Packets> other;
  for_every_call(
      [&](std::uint32_t n) {
        Pair pair(SOCK_SEQPACKET);
        other = std::make_unique<Packets>(std::move(pair.ours));
        return Scenario()
            .with(Cast(sends)
                      .payload(to_bytes(word))
                      .give("socket", std::move(pair.theirs))
                      .give("fd0", std::move(some_descriptors(1)[0]))
                      .give("given", std::int64_t{1})
                      .give("count", std::int64_t{1})
                      .fault({subject::call_write, n, 1, EINTR, 0}))
            .with(*other);
      },
      [&](const RunResult& run, std::uint32_t) {
        if (other->came().size() == 1 && other->came()[0].bytes == word &&
            other->came()[0].descriptors.size() == 1) {
          return;
        }
        fail(Finding::unhandled_fault,
             "When " + run.only().faults + ": the message did not arrive as it was sent, once.",
             "Interrupted calls");
      });
  for_every_call(
      [&](std::uint32_t n) {
        Pair pair(SOCK_SEQPACKET);
        other = std::make_unique<Packets>(std::move(pair.ours));
        other->send({word, some_descriptors(2)});
        other->finish();
        Cast cast = receiving(std::move(pair.theirs), 100, 2);
        return Scenario()
            .with(std::move(cast).fault({subject::call_read, n, 1, EINTR, 0}))
            .with(*other)
            .about("Descriptors travel");
      },
      [&](const RunResult& run, std::uint32_t) {
        const RoleResult& role = run.only();
        if (role.last("bytes") == word && role.last("count") == "2") return;
        fail(Finding::unhandled_fault,
             (role.faults.empty() ? "" : "When " + role.faults + ": ") +
                 "of a message with 2 descriptors came " + role.last("count") + ".",
             "Interrupted calls");
      });
  Pair pair(SOCK_SEQPACKET);
  pair.ours.reset();
  const RunResult run =
      explore(Scenario()
                  .with(Cast(sends_to_nobody).give("socket", std::move(pair.theirs)))
                  .about("SIGPIPE and EPIPE"));
  const struct {
    const char* tag;
    std::string expected, text;
  } all[] = {{"no bytes", "std::invalid_argument",
              "A message without a byte would look like the end of the stream"},
             {"many", "std::invalid_argument", "254 descriptors are more than one message takes"},
             {"nobody", "EPIPE", "The other side has closed its end"}};
  for (const auto& one : all) {
    if (run.only().last(one.tag) == one.expected) continue;
    fail(Finding::unhandled_fault,
         one.text + ": send_message has to throw " + one.expected + ", and threw " +
             run.only().last(one.tag) + ".",
         "Descriptors travel");
  }
}

// Who is at the other end ------------------------------------------------------------------------

ROLE(doorkeeper) {
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  me.text("path").copy(address.sun_path, sizeof address.sun_path - 1);
  (void)::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(listener, 4);
  (void)!::write(me.fd("ready"), "!", 1);
  const int visitor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  const lab::Identity identity = lab::identity_of_peer(visitor);
  me.report("pid", std::int64_t{identity.pid});
  me.report("uid", std::int64_t{identity.uid} - std::int64_t{::getuid()});
  me.report("gid", std::int64_t{identity.gid} - std::int64_t{::getgid()});
  try {
    (void)lab::identity_of_peer(me.fd("ready"));
    me.report("of a pipe", "nothing");
  } catch (const ipc::SystemError& e) {
    me.report("of a pipe", ::strerrorname_np(e.error()));
  }
  ::close(visitor);
  ::close(listener);
  ::unlink(me.text("path").c_str());
}

// Connects, and has a child speak for it, which claims to be somebody else.
ROLE(visitor) {
  char ready = 0;
  (void)!::read(me.fd("ready"), &ready, 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  me.text("path").copy(address.sun_path, sizeof address.sun_path - 1);
  me.report("pid", std::int64_t{::getpid()});
  if (const pid_t child = ::fork(); child == 0) {
    // Waits until the parent has connected the socket that both have.
    const ucred claim{1, 0, 0};
    while (::send(socket, &claim, sizeof claim, MSG_NOSIGNAL) < 0 && errno == ENOTCONN) {
      ::sched_yield();
    }
    ::_exit(0);
  } else {
    (void)::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::waitpid(child, nullptr, 0);
  }
  char end = 0;
  (void)!::recv(socket, &end, 1, 0);
  ::close(socket);
}

CHECK(Identity, ComesFromTheKernel, part('C'), mechanism, points(3),
      "who is at the other end is what the kernel noted, and not what is claimed") {
  Channel ready;
  const std::string path = scratch() + "/" + random.word(8);
  const RunResult run = explore(
      Scenario()
          .with(Cast(doorkeeper).give("path", path).give("ready", std::move(ready.write_end)))
          .with(Cast(visitor).give("path", path).give("ready", std::move(ready.read_end)))
          .about("Who is at the other end"));
  const RoleResult& role = run.of(doorkeeper);
  if (role.last("pid") != run.of(visitor).last("pid")) {
    fail(Finding::wrong_result,
         "A process connected, and its child sent 12 bytes that claim to come from process 1. "
         "identity_of_peer has to return the process that called connect(2), and returned another.",
         "Who is at the other end");
  }
  if (role.last("uid") != "0" || role.last("gid") != "0") {
    fail(Finding::wrong_result,
         "The process that connected has the same user and group as the one that asks, and "
         "identity_of_peer returned others.",
         "Who is at the other end");
  }
  if (role.last("of a pipe") != "ENOTSOCK") {
    fail(Finding::wrong_result,
         "Asked who is at the other end of a pipe, identity_of_peer has to throw ipc::SystemError "
         "with ENOTSOCK: getsockopt(2) fails. Thrown was " +
             role.last("of a pipe") + ".",
         "Who is at the other end");
  }
}
