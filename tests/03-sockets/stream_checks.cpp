#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "sockets.h"
#include "stream.h"

using namespace judge;
using namespace sockets;
using subject::FaultRule;

/// Part A: a Unix-domain stream.

namespace {

constexpr std::uint32_t always = UINT32_MAX;

FaultRule nth(std::uint32_t calls, std::uint32_t n, int error) { return {calls, n, 1, error, 0}; }
FaultRule short_counts(std::uint32_t calls, std::size_t most) {
  return {calls, 1, always, 0, static_cast<std::uint32_t>(most)};
}

std::string when(const RoleResult& role) {
  return role.faults.empty() ? "" : "When " + role.faults + ": ";
}

[[maybe_unused]] sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

// A socket of the roles' own, bound to `path`; -1 if that cannot be.
[[maybe_unused]] int bound_socket(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// By system calls of our own, because connect(2) may be a call that is made to fail.
[[maybe_unused]] int connected_socket(const std::string& path) {
  const auto fd = static_cast<int>(::syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path);
  if (::syscall(SYS_connect, fd, &address, sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// What a call of a Listener's constructor, or of connect_to, came to: "made", or what it threw.
template <class Call>
std::string outcome(Call call) {
  try {
    call();
    return "nothing";
  } catch (const ipc::SystemError& e) {
    return ::strerrorname_np(e.error());
  } catch (const std::length_error&) {
    return "std::length_error";
  }
}

// How a report of `outcome` reads.
std::string in_words(const std::string& outcome) {
  if (outcome.empty()) return "said nothing";
  return outcome == "nothing" ? "threw nothing" : "threw " + outcome;
}

}  // namespace

// Both directions, and their ends ----------------------------------------------------------------

// Listens, says so, receives everything, and only then answers.
ROLE(server) {
  lab::Listener listener(me.text("path"));
  (void)!::write(me.fd("ready"), "!", 1);
  const ipc::UniqueFd one = listener.accept();
  me.report("request", lab::receive_all(one.get()));
  lab::send_all(one.get(), me.payload());
}

ROLE(client) {
  char ready = 0;
  (void)!::read(me.fd("ready"), &ready, 1);
  const ipc::UniqueFd socket = lab::connect_to(me.text("path"));
  lab::send_all(socket.get(), me.payload());
  lab::finish_sending(socket.get());
  me.report("answer", lab::receive_all(socket.get()));
}

CHECK(Stream, CarriesBothDirections, part('A'), behaviour, points(3),
      "a request and its answer arrive whole, and each direction ends by itself") {
  for (const std::size_t size : {std::size_t{0}, random.between(300'000, 500'000)}) {
    const std::string path = scratch() + "/" + random.word(8);
    const Bytes request = random.bytes(size), answer = random.bytes(size + random.between(1, 9));
    Channel ready;
    const RunResult run = explore(Scenario()
                                      .with(Cast(server)
                                                .payload(answer)
                                                .give("path", path)
                                                .give("ready", std::move(ready.write_end)))
                                      .with(Cast(client)
                                                .payload(request)
                                                .give("path", path)
                                                .give("ready", std::move(ready.read_end)))
                                      .may_throw()
                                      .about("Two directions, two ends"));
    for (const Role role : {server, client}) {
      const RoleResult& it = run.of(role);
      if (it.how == "returned") continue;
      fail(Finding::wrong_result,
           "The client sends its request and finishes sending; the server receives all of it, and "
           "only then sends its answer. The " +
               it.role + " threw: " + it.what +
               ". Who has finished sending can still receive: only one of the two directions has "
               "come to its end.",
           "Two directions, two ends");
    }
    const Bytes* got = run.of(server).reported("request");
    if (const std::string text = difference(request, got == nullptr ? Bytes{} : *got);
        !text.empty()) {
      fail(Finding::wrong_result,
           "The client sent a request of " + std::to_string(size) +
               " bytes and finished sending. At the server: " + text,
           "Short counts");
    }
    got = run.of(client).reported("answer");
    if (const std::string text = difference(answer, got == nullptr ? Bytes{} : *got);
        !text.empty()) {
      fail(Finding::wrong_result,
           "The server sent an answer of " + std::to_string(answer.size()) +
               " bytes, after the client had finished sending. At the client: " + text,
           "Two directions, two ends");
    }
  }
}

// Against the judge's end of a connection --------------------------------------------------------

ROLE(sender) {
  lab::send_all(me.fd("socket"), me.payload());
  lab::finish_sending(me.fd("socket"));
}

// Takes all with receive_some, into a buffer of `size` bytes.
ROLE(receiver) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(me.number("size")));
  while (true) {
    const std::size_t n = lab::receive_some(me.fd("socket"), buffer);
    if (n == 0) break;
    me.report("piece", std::span(buffer).first(std::min(n, buffer.size())));
    if (n > buffer.size()) break;
  }
}

ROLE(receiver_of_all) { me.report("piece", lab::receive_all(me.fd("socket"))); }

namespace {

std::string all_pieces(const RoleResult& role) {
  std::string all;
  for (const std::string& piece : role.all("piece")) all += piece;
  return all;
}

}  // namespace

CHECK(Stream, SurvivesShortCountsAndSignals, part('A'), faults, points(3),
      "sending and receiving cope with short counts and with interrupted calls") {
  const Bytes sent = random.bytes(random.between(40, 60));
  const std::size_t most = random.between(5, 9);
  std::optional<Conversation> other;
  for_every_call(
      [&](std::uint32_t n) {
        Pair pair(SOCK_STREAM);
        other.emplace(std::move(pair.ours));
        return Scenario()
            .with(Cast(sender)
                      .payload(sent)
                      .give("socket", std::move(pair.theirs))
                      .fault(nth(subject::call_write, n + 1, EINTR))
                      .fault(short_counts(subject::call_write, most)))
            .with(*other);
      },
      [&](const RunResult& run, std::uint32_t) {
        const std::string text = difference(sent, as_bytes(other->heard()));
        if (text.empty()) return;
        fail(Finding::unhandled_fault, when(run.only()) + text,
             run.only().met[0] > 0 ? "Interrupted calls" : "Short counts");
      });
  for (const Role role : {receiver, receiver_of_all}) {
    for_every_call(
        [&](std::uint32_t n) {
          Pair pair(SOCK_STREAM);
          other.emplace(std::move(pair.ours));
          other->say(to_text(sent));
          other->finish();
          return Scenario()
              .with(Cast(role)
                        .give("socket", std::move(pair.theirs))
                        .give("size", std::int64_t{30})
                        .fault(nth(subject::call_read, n, EINTR))
                        .fault(short_counts(subject::call_read, most)))
              .with(*other)
              .about("Short counts");
        },
        [&](const RunResult& run, std::uint32_t) {
          const std::string text = difference(sent, as_bytes(all_pieces(run.only())));
          if (text.empty()) return;
          fail(Finding::unhandled_fault, when(run.only()) + text,
               run.only().met[0] > 0 ? "Interrupted calls" : "Short counts");
        });
  }
}

// SIGPIPE is as the process has found it: it ends it.
ROLE(sender_with_sigpipe) {
  std::signal(SIGPIPE, SIG_DFL);
  lab::send_all(me.fd("socket"), me.payload());
}

CHECK(Stream, SaysThatThePeerHasGone, part('A'), faults, points(2),
      "the end is told from an error, and an error is an exception and no signal") {
  {
    Pair pair(SOCK_STREAM);
    Conversation other(std::move(pair.ours));
    other.pause(true);
    const RunResult run =
        explore(Scenario()
                    .with(Cast(sender_with_sigpipe)
                              .payload(random.bytes(random.between(500'000, 900'000)))
                              .give("socket", std::move(pair.theirs)))
                    .with(other)
                    .when_quiet([&](Observer&) {
                      other.leave();
                      return true;
                    })
                    .may_throw()
                    .about("SIGPIPE and EPIPE"));
    const RoleResult& role = run.only();
    if (role.error() != EPIPE && role.error() != ECONNRESET) {
      fail(Finding::unhandled_fault,
           "The other side closed its socket in the middle of send_all, which has to throw "
           "ipc::SystemError with EPIPE (or ECONNRESET). It " +
               (role.how == "returned" ? "returned as if all had been sent."
                                       : "threw " + role.what + "."),
           "SIGPIPE and EPIPE");
    }
  }
  for (const Role role : {receiver, receiver_of_all}) {
    std::optional<Conversation> other;
    const Bytes sent = random.bytes(random.between(20, 40));
    for_every_call(
        [&](std::uint32_t n) {
          Pair pair(SOCK_STREAM);
          other.emplace(std::move(pair.ours));
          other->say(to_text(sent));
          other->finish();
          return Scenario()
              .with(Cast(role)
                        .give("socket", std::move(pair.theirs))
                        .give("size", std::int64_t{11})
                        .fault({subject::call_read, n, always, ECONNRESET, 0}))
              .with(*other)
              .may_throw();
        },
        [&](const RunResult& run, std::uint32_t) {
          const RoleResult& it = run.only();
          if (it.met[0] > 0 ? it.error() == ECONNRESET : it.how == "returned") return;
          fail(Finding::unhandled_fault,
               it.met[0] > 0
                   ? "When " + it.faults +
                         ": it has to throw ipc::SystemError with ECONNRESET. It " +
                         (it.how == "returned" ? "returned as if the stream had ended."
                                               : "threw " + it.what + ".")
                   : "The other side had finished sending, which is no error, and it threw " +
                         it.what + ".",
               "Short counts");
        });
  }
}

// A name in the file system ----------------------------------------------------------------------

// What stands at the path before: nothing, a socket that nobody listens at, one that somebody
// does, or a file.
ROLE(listens) {
  const std::string& path = me.text("path");
  const std::string& before = me.text("before");
  int there = -1;
  if (before == "file") there = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (before == "stale" || before == "live") there = bound_socket(path);
  if (before == "live") ::listen(there, 8);
  if (before != "live") ::close(there);
  struct stat first {
  }, second{};
  const bool was = ::lstat(path.c_str(), &first) == 0;
  me.report("threw", outcome([&] {
              lab::Listener listener(path);
              const int fd = connected_socket(path);
              me.report("reached", fd >= 0 ? "yes" : "no");
              if (fd < 0) return;
              const ipc::UniqueFd one = listener.accept();
              int domain = 0, type = 0;
              socklen_t size = sizeof domain;
              ::getsockopt(one.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size);
              size = sizeof type;
              ::getsockopt(one.get(), SOL_SOCKET, SO_TYPE, &type, &size);
              me.report("kind", domain == AF_UNIX && type == SOCK_STREAM ? "a stream" : "another");
              const int flags = ::fcntl(one.get(), F_GETFD);
              me.report("on exec", (flags & FD_CLOEXEC) != 0 ? "closed" : "open");
              ::close(fd);
            }));
  const bool is = ::lstat(path.c_str(), &second) == 0;
  me.report("file", !is ? "gone" : was && first.st_ino == second.st_ino ? "the same" : "new");
  if (before == "live") ::close(there);
  if (before == "live" || before == "file") ::unlink(path.c_str());
}

CHECK(Listener, TakesOverAStaleFile, part('A'), behaviour, points(2),
      "a Listener replaces the file of a dead one, and nothing else") {
  struct Case {
    std::string before, in_words, threw, file;
  };
  for (const Case& one :
       {Case{"nothing", "nothing stands at the path", "nothing", "gone"},
        Case{"stale", "a socket stands at the path that nobody listens at", "nothing", "gone"},
        Case{"live", "another process listens at the path", "EADDRINUSE", "the same"},
        Case{"file", "an ordinary file stands at the path", "EADDRINUSE", "the same"}}) {
    const std::string path = scratch() + "/" + random.word(8);
    const RunResult run =
        explore(Scenario()
                    .with(Cast(listens).give("path", path).give("before", one.before))
                    .about("A name in the file system"));
    const RoleResult& role = run.only();
    std::string text;
    if (role.last("threw") != one.threw) {
      text = "the Listener " + in_words(role.last("threw")) + ", and has to throw " + one.threw;
    } else if (role.last("file") != one.file) {
      text = "afterwards that file is " + role.last("file") + ", and has to be " + one.file +
             (one.file == "gone" ? ": the destructor removes it" : "");
    } else if (one.threw == "nothing" && role.last("reached") != "yes") {
      text = "a client could not connect while the Listener was there";
    } else {
      continue;
    }
    fail(Finding::wrong_result, "If " + one.in_words + ": " + text + ".",
         "A name in the file system");
  }
}

CHECK(Listener, IsAStreamSocketOfItsOwn, part('A'), mechanism, points(1),
      "what connects the two is a Unix-domain stream socket, closed on exec") {
  const std::string path = scratch() + "/" + random.word(8);
  const RunResult run =
      explore(Scenario()
                  .with(Cast(listens).give("path", path).give("before", "nothing"))
                  .about("A name in the file system"));
  const RoleResult& role = run.only();
  if (role.last("kind") != "a stream") {
    fail(Finding::wrong_mechanism,
         "What accept returned is no Unix-domain socket of type SOCK_STREAM.",
         "A name in the file system");
  }
  if (role.last("on exec") != "closed") {
    fail(Finding::wrong_mechanism,
         "What accept returned stays open when the process calls exec(3): FD_CLOEXEC is not set. "
         "accept(2) does not pass on the flag that the listening socket has.",
         "A name in the file system");
  }
}

ROLE(names) {
  const std::string& path = me.text("path");
  me.report("listener", outcome([&] {
              lab::Listener listener(path);
              const int fd = connected_socket(path);
              me.report("reached", fd >= 0 ? "yes" : "no");
              ::close(fd);
            }));
  me.report("connect", outcome([&] { (void)lab::connect_to(path); }));
}

CHECK(Listener, RefusesAPathThatDoesNotFit, part('A'), behaviour, points(2),
      "a path of 107 bytes is used as it is, a longer one is refused") {
  const std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
  for (const std::size_t size : {most, most + 1, most + random.between(2, 90)}) {
    const std::string start = scratch() + "/";
    const std::string path = start + random.word(size - start.size());
    const RunResult run =
        explore(Scenario().with(Cast(names).give("path", path)).about("A name in the file system"));
    const RoleResult& role = run.only();
    const std::string situation = "The path has " + std::to_string(size) +
                                  " bytes, and sun_path room for " + std::to_string(most) +
                                  " and the NUL behind them: ";
    const bool fits = size == most;
    const std::string expected = fits ? "nothing" : "std::length_error";
    if (role.last("listener") != expected) {
      fail(Finding::wrong_result,
           situation + "the Listener has to throw " + expected + ", and " +
               in_words(role.last("listener")) + ".",
           "A name in the file system");
    }
    if (fits && role.last("reached") != "yes") {
      fail(Finding::wrong_result, situation + "nobody can be reached there.",
           "A name in the file system");
    }
    const std::string connects = fits ? "ENOENT" : expected;
    if (role.last("connect") != connects) {
      fail(Finding::wrong_result,
           situation + "connect_to has to throw " + connects +
               (fits ? ", because the Listener has gone and its file with it" : "") + ", and " +
               in_words(role.last("connect")) + ".",
           "A name in the file system");
    }
  }
}

// So many clients connect before the first is accepted; then each says who it is.
ROLE(late_host) {
  const auto count = me.number("clients");
  lab::Listener listener(me.text("path"));
  std::vector<int> clients;
  for (std::int64_t i = 0; i < count; ++i) {
    clients.push_back(connected_socket(me.text("path")));
    const auto number = static_cast<unsigned char>(i);
    (void)!::send(clients.back(), &number, 1, MSG_NOSIGNAL);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const ipc::UniqueFd one = listener.accept();
    unsigned char number = 0;
    (void)!::recv(one.get(), &number, 1, 0);
    if (number == static_cast<unsigned char>(i)) me.report("came", number);
  }
  for (const int fd : clients) ::close(fd);
}

CHECK(Listener, HasRoomForClientsThatWait, part('A'), behaviour, points(2),
      "64 clients can connect before the first is accepted") {
  const std::int64_t count = 64;
  const RunResult run = explore(
      Scenario()
          .with(
              Cast(late_host).give("path", scratch() + "/" + random.word(8)).give("clients", count))
          .about("The queue of a listening socket"));
  if (const std::size_t came = run.only().all("came").size(); came != count) {
    fail(Finding::wrong_result,
         std::to_string(count) + " clients connected, and then accept was called as often: " +
             std::to_string(came) + " of them were accepted in the order in which they came.",
         "The queue of a listening socket");
  }
}

// One of everything; whatever fails is thrown on.
ROLE(one_of_each) {
  const std::string& path = me.text("path");
  lab::Listener listener(path);
  const int raw = connected_socket(path);
  {
    const ipc::UniqueFd accepted = listener.accept();
    const ipc::UniqueFd connected = lab::connect_to(path);
    me.report("done", "");
  }
  ::close(raw);
}

CHECK(Stream, LeavesNothingAfterAnError, part('A'), hygiene, points(2),
      "whichever call fails, no descriptor and no file is left") {
  for (const int error : {EMFILE, EINTR}) {
    const auto look_at = [&](const RunResult& run, const std::string& situation) {
      const RoleResult& role = run.only();
      if (!role.leaks.empty()) {
        // The raw socket of the role itself is left when accept or connect_to throws.
        std::vector<std::string> leaks;
        for (const Leak& leak : role.leaks) leaks.push_back(std::to_string(leak.fd));
        if (leaks.size() > (role.how == "returned" ? 0U : 1U)) {
          fail(Finding::leak, situation + "afterwards descriptors " + joined(leaks) + " are open.",
               "Leaving no trace");
        }
      }
      if (!run.litter.empty()) {
        fail(Finding::leak, situation + "afterwards the socket's file is still there.",
             "Leaving no trace");
      }
    };
    for (const std::uint32_t calls : {subject::call_connect, subject::call_accept}) {
      for_every_call(
          [&](std::uint32_t n) {
            return Scenario()
                .with(Cast(one_of_each)
                          .give("path", scratch() + "/" + random.word(8))
                          .fault(nth(calls, n, error)))
                .may_throw();
          },
          [&](const RunResult& run, std::uint32_t) {
            const RoleResult& role = run.only();
            look_at(run, role.faults.empty() ? "When nothing fails: " : when(role));
            if (role.met[0] == 0 && role.reported("done") == nullptr) {
              expect_work("Nothing was accepted or connected: " + role.what);
            }
            // Of socket(2), bind(2) and listen(2) no manual page says that a signal interrupts it.
            const bool interruptible = calls == subject::call_accept;
            if (role.met[0] > 0 && error == EINTR && interruptible && role.how != "returned") {
              fail(Finding::unhandled_fault,
                   when(role) + "it threw " + role.what + ". Nothing is wrong: call it again.",
                   "Interrupted calls");
            }
          });
    }
  }
}
