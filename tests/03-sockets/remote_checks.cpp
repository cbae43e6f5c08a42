#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "hosts.h"
#include "remote.h"
#include "requests.h"
#include "sockets.h"

using namespace judge;
using namespace hosts;
using namespace sockets;
using requests::shown;

/// Part D: machine to machine. The roles are on the near host, and the judge speaks on the far one.
/// What needs no second host, the records themselves, is tried over a Unix-domain stream: these
/// checks can be had on every machine.

namespace {

constexpr std::chrono::seconds limit{2};

/// What a call came to, in a word or two: "nothing" thrown, "EPIPE", "PeerVanished 5004".
template <class Call>
[[maybe_unused]] std::string thrown_by(Call call) {
  try {
    call();
    return "nothing";
  } catch (const lab::PeerVanished& e) {
    return "PeerVanished " + std::to_string(e.undelivered());
  } catch (const lab::BadRecord&) {
    return "BadRecord";
  } catch (const std::invalid_argument&) {
    return "std::invalid_argument";
  } catch (const ipc::SystemError& e) {
    return ::strerrorname_np(e.error());
  }
}

[[maybe_unused]] std::string in_words(const std::string& thrown) {
  if (thrown.starts_with("PeerVanished")) return "lab::PeerVanished";
  if (thrown == "BadRecord") return "lab::BadRecord";
  if (thrown.starts_with("E")) return "ipc::SystemError (" + thrown + ")";
  return thrown;
}

/// The size in front of a record, as it is on the wire.
[[maybe_unused]] std::string announced(std::uint32_t size) {
  std::string all;
  for (int shift = 24; shift >= 0; shift -= 8) all += static_cast<char>(size >> shift & 0xff);
  return all;
}

/// A whole one.
[[maybe_unused]] std::string record(const std::string& bytes) {
  return announced(static_cast<std::uint32_t>(bytes.size())) + bytes;
}

[[maybe_unused]] std::uint16_t random_port(Random& random) {
  return static_cast<std::uint16_t>(random.between(2000, 30'000));
}

}  // namespace

// Records ----------------------------------------------------------------------------------------

// Sends its payload in records of the sizes that it is told, and then says that this was all.
ROLE(record_sender) {
  std::signal(SIGPIPE, SIG_DFL);
  std::istringstream sizes(me.text("sizes"));
  me.report("outcome", thrown_by([&] {
              std::size_t at = 0;
              for (std::size_t size = 0; sizes >> size; at += size) {
                lab::send_record(me.fd("socket"), me.payload().subspan(at, size));
              }
            }));
  ::shutdown(me.fd("socket"), SHUT_WR);
}

ROLE(record_receiver) {
  const auto most = static_cast<std::size_t>(me.number("most"));
  me.report("outcome", thrown_by([&] {
              while (const auto record = lab::receive_record(me.fd("socket"), most)) {
                me.report("record", *record);
              }
            }));
}

namespace {

struct Records {
  explicit Records(Random& random, const std::vector<std::size_t>& of_sizes) {
    for (const std::size_t size : of_sizes) {
      all.push_back(to_text(random.bytes(size)));
      payload += all.back();
      wire += record(all.back());
      sizes += std::to_string(size) + " ";
    }
  }
  std::vector<std::string> all;
  std::string payload, wire, sizes;
};

}  // namespace

CHECK(Record, IsTheSameOnEveryMachine, part('D'), behaviour, points(2),
      "a record is its size in network byte order and its bytes, in each direction") {
  const Records records(random, {random.between(2, 99), 0, 1, 258, random.between(70'000, 99'000)});
  {
    Pair pair(SOCK_STREAM);
    Conversation other(std::move(pair.ours));
    const RunResult run = explore(Scenario()
                                      .with(Cast(record_sender)
                                                .payload(to_bytes(records.payload))
                                                .give("sizes", records.sizes)
                                                .give("socket", std::move(pair.theirs)))
                                      .with(other)
                                      .about("Numbers between machines"));
    if (const std::string text = difference(as_bytes(records.wire), as_bytes(other.heard()));
        !text.empty()) {
      fail(Finding::wrong_result,
           "send_record was given records of " + records.sizes +
               "bytes. A size goes as 4 bytes, the most significant one first: 258 is 0, 0, 1, 2. "
               "In what came out of the socket: " +
               text +
               (run.only().last("outcome") == "nothing"
                    ? ""
                    : "\nAnd it threw " + in_words(run.only().last("outcome")) + "."),
           "Numbers between machines");
    }
  }
  Pair pair(SOCK_STREAM);
  Conversation other(std::move(pair.ours));
  // In three pieces: the first ends inside a size, the second inside a record.
  const std::size_t first = record(records.all[0]).size() + 2, second = first + 200;
  std::vector<std::string> pieces{records.wire.substr(second),
                                  records.wire.substr(first, second - first),
                                  records.wire.substr(0, first)};
  const RunResult run = explore(Scenario()
                                    .with(Cast(record_receiver)
                                              .give("most", std::int64_t{100'000})
                                              .give("socket", std::move(pair.theirs)))
                                    .with(other)
                                    .when_quiet([&](Observer&) {
                                      if (pieces.empty()) return false;
                                      other.say(pieces.back());
                                      pieces.pop_back();
                                      if (pieces.empty()) other.finish();
                                      return true;
                                    })
                                    .with_timeouts()
                                    .about("Numbers between machines"));
  const std::vector<std::string> got = run.only().all("record");
  if (run.only().last("outcome") != "nothing" || got.size() != records.all.size()) {
    fail(Finding::wrong_result,
         "Records of " + records.sizes + "bytes were sent, and then the end. " +
             std::to_string(got.size()) + " of " + std::to_string(records.all.size()) +
             " were received, and thrown was: " + in_words(run.only().last("outcome")) +
             ". An empty record is one, too, and the end between two records is no mistake.",
         "Numbers between machines");
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::string text = difference(as_bytes(records.all[i]), as_bytes(got[i]));
    if (text.empty()) continue;
    fail(Finding::wrong_result,
         "Records of " + records.sizes + "bytes were sent. In number " + std::to_string(i + 1) +
             " of those received: " + text,
         "Numbers between machines");
  }
}

CHECK(Record, RefusesWhatIsNone, part('D'), faults, points(1),
      "a size that is too large is refused at once, and half a record is no record") {
  constexpr std::int64_t most = 300;
  const std::string whole = record(random.word(static_cast<std::size_t>(most)));
  const struct {
    std::string sent, in_words;
    bool ends;
  } all[] = {
      {announced(most + 1), "the size 301", false},
      {announced(0xffffffff), "the size 4294967295", false},
      {announced(0x80000000), "the size 2147483648", false},
      {whole.substr(0, 3), "3 of the 4 bytes of a size, and the end", true},
      {announced(1), "the size 1, and the end", true},
      {whole.substr(0, 4 + most - 1), "299 bytes of a record of 300, and the end", true},
  };
  for (const auto& one : all) {
    Pair pair(SOCK_STREAM);
    Conversation other(std::move(pair.ours));
    other.say(whole + one.sent);
    if (one.ends) other.finish();
    const RunResult run = explore(
        Scenario()
            .with(Cast(record_receiver).give("most", most).give("socket", std::move(pair.theirs)))
            .with(other)
            .may_throw()
            .about("Numbers between machines"));
    const RoleResult& role = run.only();
    const std::string outcome =
        role.how == "returned" ? in_words(role.last("outcome")) : "something else: " + role.what;
    if (outcome == "lab::BadRecord" && role.all("record").size() == 1) continue;
    fail(Finding::unhandled_fault,
         "With room for 300 bytes, a record of 300 came, and then " + one.in_words +
             ". The first one has to be received, and for the rest lab::BadRecord to be thrown. " +
             std::to_string(role.all("record").size()) + " were received, and thrown was " +
             outcome + ".",
         "Numbers between machines");
  }
}

CHECK(Record, SurvivesShortCountsAndSignals, part('D'), faults, points(2),
      "short counts and signals change nothing, and each error is called what it is") {
  const Records records(random, {random.between(20, 40), 3});
  const auto run_once = [&](bool sends, const subject::FaultRule& rule, std::string& heard) {
    Pair pair(SOCK_STREAM);
    Conversation other(std::move(pair.ours));
    if (!sends) {
      other.say(records.wire);
      other.finish();
    }
    Cast cast =
        sends ? Cast(record_sender).payload(to_bytes(records.payload)).give("sizes", records.sizes)
              : Cast(record_receiver).give("most", std::int64_t{100});
    const RunResult run =
        explore(Scenario()
                    .with(std::move(cast).give("socket", std::move(pair.theirs)).fault(rule))
                    .with(other)
                    .about("Short counts"));
    heard = other.heard();
    return run;
  };
  const std::string expected = records.payload;
  for (const bool sends : {true, false}) {
    const std::uint32_t calls = sends ? subject::call_write : subject::call_read;
    const auto all_is_there = [&](const RunResult& run, const std::string& heard) {
      if (sends) return heard == records.wire;
      std::string got;
      for (const std::string& one : run.only().all("record")) got += one;
      return got == expected;
    };
    std::vector<subject::FaultRule> rules{{calls, 1, UINT32_MAX, 0, 3},
                                          {calls, 1, UINT32_MAX, 0, 1}};
    for (std::uint32_t n = 1; n <= 4; ++n) rules.push_back({calls, n, 1, EINTR, 0});
    for (const subject::FaultRule& rule : rules) {
      std::string heard;
      const RunResult run = run_once(sends, rule, heard);
      if (run.only().last("outcome") == "nothing" && all_is_there(run, heard)) continue;
      const std::string faults = run.only().faults;
      fail(Finding::unhandled_fault,
           (faults.empty() ? "" : "When " + faults + ": ") + "not all of two records was " +
               (sends ? "sent" : "received") +
               ", and thrown was: " + in_words(run.only().last("outcome")) + ".",
           rule.error == EINTR ? "Interrupted calls" : "Short counts");
    }
    for (const int error : {ETIMEDOUT, EHOSTUNREACH, ECONNRESET}) {
      std::string heard;
      const RunResult run = run_once(sends, {calls, 1, UINT32_MAX, error, 0}, heard);
      const std::string name = ::strerrorname_np(error);
      const std::string wanted =
          error == ECONNRESET ? "ipc::SystemError (ECONNRESET)" : std::string("lab::PeerVanished");
      const std::string outcome = in_words(run.only().last("outcome"));
      if (outcome == wanted || run.only().faults.empty()) continue;
      fail(
          Finding::unhandled_fault,
          "When " + run.only().faults + ", " + wanted + " is to be thrown. Thrown was: " + outcome +
              (error == ECONNRESET ? ". Whoever sends a reset is there."
                                   : ". That is how the kernel says that nobody answers any more."),
          "The peer that vanishes");
    }
  }
  Pair pair(SOCK_STREAM);
  pair.ours.reset();
  const RunResult run = explore(Scenario()
                                    .with(Cast(record_sender)
                                              .payload(to_bytes(records.payload))
                                              .give("sizes", records.sizes)
                                              .give("socket", std::move(pair.theirs)))
                                    .about("SIGPIPE and EPIPE"));
  if (run.only().last("outcome") != "EPIPE") {
    fail(Finding::unhandled_fault,
         "The other side has closed its socket, and a record was sent: ipc::SystemError (EPIPE) is "
         "to be thrown. Thrown was: " +
             in_words(run.only().last("outcome")) + ".",
         "SIGPIPE and EPIPE");
  }
}

// Two hosts --------------------------------------------------------------------------------------

// Sends its payload as a record to whom it has called, and takes what comes until the end.
ROLE(caller) {
  struct sigaction handler {};
  handler.sa_handler = [](int) {};  // and no SA_RESTART: the call ends with EINTR
  ::sigaction(SIGUSR1, &handler, nullptr);
  const auto port = static_cast<std::uint16_t>(me.number("port"));
  const std::chrono::seconds at_most{me.number("limit")};
  me.report("outcome", thrown_by([&] {
              const ipc::UniqueFd socket = lab::connect_to_host(me.text("host"), port, at_most);
              const int flags = ::fcntl(socket.get(), F_GETFL);
              me.report("waits", (flags & O_NONBLOCK) != 0 ? "no" : "yes");
              me.report("on exec",
                        (::fcntl(socket.get(), F_GETFD) & FD_CLOEXEC) != 0 ? "closed" : "open");
              if (!me.payload().empty()) lab::send_record(socket.get(), me.payload());
              while (const auto record = lab::receive_record(socket.get(), 100'000)) {
                me.report("record", *record);
              }
            }));
}

// Waits for a record from whom it has called.
ROLE(idle_caller) {
  const auto port = static_cast<std::uint16_t>(me.number("port"));
  const ipc::UniqueFd socket = lab::connect_to_host(me.text("host"), port, limit);
  me.report("outcome", thrown_by([&] { (void)lab::receive_record(socket.get(), 1000); }));
}

// Sends when it is told to, and waits for an answer.
ROLE(late_sender) {
  const auto port = static_cast<std::uint16_t>(me.number("port"));
  const ipc::UniqueFd socket = lab::connect_to_host(me.text("host"), port, limit);
  me.wait_for_judge();
  me.report("outcome", thrown_by([&] {
              lab::send_record(socket.get(), me.payload());
              (void)lab::receive_record(socket.get(), 1000);
            }));
}

// Waits for somebody to call, answers the first record with itself, and waits for the next one.
ROLE(called) {
  const ipc::UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in name =
      address_of(two_hosts::near_address, static_cast<std::uint16_t>(me.number("port")));
  (void)!::bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  (void)!::listen(listener.get(), 5);
  me.wait_for_judge();
  const ipc::UniqueFd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  lab::watch_peer(socket.get(), limit);
  me.report("outcome", thrown_by([&] {
              while (const auto record = lab::receive_record(socket.get(), 1000)) {
                lab::send_record(socket.get(), *record);
              }
            }));
}

namespace {

std::string received(const RoleResult& role) {
  return role.reported("record") == nullptr ? "nothing" : shown(role.last("record"));
}

Cast calls(Role role, const std::string& host, std::uint16_t port,
           std::chrono::seconds at_most = limit) {
  return Cast(role)
      .give("host", host)
      .give("port", std::int64_t{port})
      .give("limit", std::int64_t{at_most.count()});
}

}  // namespace

CHECK(Host, IsReachedByItsName, part('D'), behaviour, points(2),
      "a host is reached by its name or its address, at whichever of them somebody listens") {
  FarHost& far = far_host();
  const std::uint16_t port = random_port(random);
  const struct {
    std::string host;
    const char* listens_at;
  } all[] = {{two_hosts::far_address, two_hosts::far_address},
             {FarHost::name, two_hosts::far_address},
             {FarHost::name, two_hosts::other_far_address}};
  for (const auto& one : all) {
    const std::string request = random.word(random.between(5, 60));
    const std::string answer = random.word(random.between(5, 60));
    Conversation other;
    FarDoor door(far, one.listens_at, port, {&other});
    bool answered = false;
    const RunResult run =
        explore(Scenario()
                    .with(calls(caller, one.host, port).payload(to_bytes(request)))
                    .with(door)
                    .with(other)
                    .between_hosts()
                    .when_quiet([&](Observer&) {
                      if (answered || other.heard() != record(request)) return false;
                      other.say(record(answer));
                      other.finish();
                      return answered = true;
                    })
                    .about("Whom a name stands for"));
    const RoleResult& role = run.only();
    const std::string situation =
        "On another host somebody listens at " + std::string(one.listens_at) + ", port " +
        std::to_string(port) + ", and connect_to_host was told \"" + one.host + "\", which is " +
        (one.host == FarHost::name ? std::string("the name of ") + two_hosts::far_address +
                                         " and " + two_hosts::other_far_address
                                   : std::string("an address")) +
        ". ";
    if (!door.all_there()) {
      fail(Finding::wrong_result,
           situation + "Nobody came. Thrown was: " + in_words(role.last("outcome")) + ".",
           "Whom a name stands for");
    }
    if (role.last("outcome") != "nothing" || role.last("record") != answer) {
      fail(Finding::wrong_result,
           situation + "A record was sent, one came back, and then the end. Received: " +
               received(role) + "; thrown was: " + in_words(role.last("outcome")) + ".",
           "Whom a name stands for");
    }
    if (role.last("waits") != "yes") {
      fail(Finding::wrong_result,
           situation +
               "The socket that it returned does not block (O_NONBLOCK). Who gets it counts "
               "on calls that wait.",
           "Nobody answers");
    }
    if (role.last("on exec") != "closed") {
      fail(Finding::leak, situation + "The socket would stay open in exec(3): SOCK_CLOEXEC.",
           "Leaving no trace");
    }
  }
  const struct {
    const char *host, *expected, *text;
  } none[] = {
      {"nowhere", "std::invalid_argument", "No host is called \"nowhere\""},
      {FarHost::name, "ipc::SystemError (ECONNREFUSED)", "The host is there, and nobody listens"},
  };
  for (const auto& one : none) {
    const RunResult run = explore(
        Scenario().with(calls(caller, one.host, port)).between_hosts().about("Nobody answers"));
    const std::string outcome = in_words(run.only().last("outcome"));
    if (outcome == one.expected) continue;
    fail(Finding::wrong_result,
         std::string(one.text) + ": " + one.expected + " is to be thrown. Thrown was: " + outcome +
             ".",
         "Whom a name stands for");
  }
}

CHECK(Host, IsNotWaitedForWithoutEnd, part('D'), faults, points(1),
      "who connects to a host that does not answer is told so, within the limit") {
  FarHost& far = far_host();
  far.vanish();
  const RunResult run =
      explore(Scenario()
                  .with(calls(caller, two_hosts::far_address, random_port(random)))
                  .between_hosts()
                  .about("Nobody answers")
                  .in("The other host does not answer."));
  const std::string outcome = in_words(run.only().last("outcome"));
  if (outcome != "lab::PeerVanished") {
    fail(
        Finding::unhandled_fault,
        "Nobody answered at " + std::string(two_hosts::far_address) +
            ", and connect_to_host was to wait for two seconds at most: lab::PeerVanished is to be "
            "thrown. Thrown was: " +
            outcome + ".",
        "Nobody answers");
  }
}

CHECK(Host, IsReachedThoughASignalCame, part('D'), synchronisation, points(1),
      "a signal does not end the attempt to connect, which goes on") {
  FarHost& far = far_host();
  const std::uint16_t port = random_port(random);
  Conversation other;
  FarDoor door(far, two_hosts::far_address, port, {&other});
  // A host that answers later than the signal comes.
  far.vanish();
  int step = 0;
  const RunResult run =
      explore(Scenario()
                  .with(calls(caller, two_hosts::far_address, port, std::chrono::seconds{20}))
                  .with(door)
                  .with(other)
                  .between_hosts()
                  .when_quiet([&](Observer& observer) {
                    switch (step++) {
                      case 0:
                        observer.signal(caller, SIGUSR1);
                        return true;
                      case 1:
                        far.come_back();
                        return true;
                      default:
                        if (!door.all_there() || step > 100) return false;
                        other.finish();
                        return step++ < 100;
                    }
                  })
                  .about("Nobody answers"));
  if (const std::string outcome = run.only().last("outcome"); outcome != "nothing") {
    fail(Finding::unhandled_fault,
         "While connect_to_host waited for an answer, a signal handler ran; then the other host "
         "answered. Thrown was: " +
             in_words(outcome) +
             ". A signal interrupts the wait, and not the attempt: that goes on, and has to be "
             "waited for again.",
         "Nobody answers");
  }
}

CHECK(Host, NoticesAPeerThatVanishes, part('D'), faults, points(3),
      "a peer whose host vanishes without a word is noticed, and what it did not get is told") {
  FarHost& far = far_host();
  const std::uint16_t port = random_port(random);
  const auto at = [port](int number) { return static_cast<std::uint16_t>(port + number); };
  const std::string word = random.word(random.between(5, 60));
  const std::size_t in_flight = random.between(2000, 6000);
  Conversation to_idle, to_late, to_full, to_called;
  to_full.pause(true);
  FarDoor idle_door(far, two_hosts::far_address, at(0), {&to_idle});
  FarDoor late_door(far, two_hosts::far_address, at(1), {&to_late});
  FarDoor full_door(far, two_hosts::far_address, at(2), {&to_full});
  int step = 0;
  const RunResult run = explore(
      Scenario()
          .with(calls(idle_caller, two_hosts::far_address, at(0)))
          .with(calls(late_sender, two_hosts::far_address, at(1)).payload(random.bytes(in_flight)))
          .with(calls(caller, two_hosts::far_address, at(2)).payload(random.bytes(8'000'000)))
          .with(Cast(called).give("port", std::int64_t{at(3)}))
          .with(idle_door)
          .with(late_door)
          .with(full_door)
          .with(to_idle)
          .with(to_late)
          .with(to_full)
          .with(to_called)
          .between_hosts()
          .when_quiet([&](Observer& observer) {
            if (step == 0) {
              to_called.arrive(far_client(far, at(3)));
              to_called.say(record(word));
              observer.let_go(called);
              return ++step > 0;
            }
            if (step > 1 || !idle_door.all_there() || !late_door.all_there() ||
                !full_door.all_there() || to_called.heard() != record(word)) {
              return false;
            }
            far.vanish();
            observer.let_go(late_sender);
            return ++step > 0;
          })
          .about("The peer that vanishes")
          .in("The other host has vanished: no FIN, no RST, not a packet."));
  const struct {
    Role role;
    std::string in_words;
  } all[] = {
      {idle_caller, "A process had connected to the other host, and waited in receive_record"},
      {called,
       "A process had accepted a connection from the other host, called watch_peer, and "
       "waited in receive_record"},
      {late_sender, "A process sent a record of " + std::to_string(in_flight) +
                        " bytes, and waited for an answer in receive_record"},
      {caller, "A process was in send_record with a long record, for which there was no room"},
  };
  for (const auto& one : all) {
    const std::string outcome = run.of(one.role).last("outcome");
    const std::string vanished =
        "The other host has vanished: no FIN, no RST, not a packet. " + one.in_words + ". ";
    if (!outcome.starts_with("PeerVanished")) {
      fail(Finding::unhandled_fault,
           vanished + "lab::PeerVanished is to be thrown. Thrown was: " + in_words(outcome) + ".",
           "The peer that vanishes");
    }
    const std::string count = outcome.substr(outcome.find(' ') + 1);
    const bool right = one.role.name == late_sender.name ? count == std::to_string(in_flight + 4)
                       : one.role.name == caller.name    ? count != "0"
                                                         : count == "0";
    if (right) continue;
    fail(Finding::wrong_result,
         vanished + "It threw lab::PeerVanished, which says that " + count +
             " bytes have not been acknowledged. The 4 bytes of the size count; what has arrived "
             "does not.",
         "What was on its way");
  }
}

CHECK(Host, MayBeSilent, part('D'), mechanism, points(2),
      "a peer that says nothing for longer than the limit is there as long as its kernel answers") {
  FarHost& far = far_host();
  const std::uint16_t port = random_port(random);
  const std::string word = random.word(random.between(5, 60));
  Conversation other;
  FarDoor door(far, two_hosts::far_address, port, {&other});
  bool begun = false, said = false;
  Later later(limit + std::chrono::milliseconds{1800}, [&] {
    said = true;
    other.say(record(word));
    other.finish();
  });
  const RunResult run = explore(Scenario()
                                    .with(calls(caller, two_hosts::far_address, port))
                                    .with(door)
                                    .with(other)
                                    .with(later)
                                    .between_hosts()
                                    .when_quiet([&](Observer&) {
                                      if (!door.all_there() || said) return false;
                                      if (!std::exchange(begun, true)) later.begin();
                                      return true;
                                    })
                                    .about("Silent is not gone"));
  const RoleResult& role = run.only();
  if (role.last("outcome") != "nothing" || role.last("record") != word) {
    fail(Finding::wrong_mechanism,
         "The limit was two seconds. The other process said nothing for nearly four, while the "
         "kernel of its host answered; then it sent a record, and the end. Received: " +
             received(role) + "; thrown was: " + in_words(role.last("outcome")) +
             ". Who has nothing to say is not gone.",
         "Silent is not gone");
  }
  if (!other.heard().empty()) {
    fail(Finding::wrong_mechanism,
         "While nobody had anything to say, this came to the other process: " +
             shown(other.heard()) +
             ". It takes them for a record. The kernel can ask the other one without them.",
         "Silent is not gone");
  }
}

CHECK(Host, LeavesNoDescriptor, part('D'), hygiene, points(1),
      "an attempt to connect that fails leaves no descriptor, whichever call it was") {
  FarHost& far = far_host();
  const std::uint16_t port = random_port(random);
  const auto look_at = [&](const RunResult& run, const std::string& situation) {
    if (run.only().leaks.empty()) return;
    fail(Finding::leak,
         situation + ", and a descriptor is left: " + run.only().leaks.front().object + ".",
         "Leaving no trace");
  };
  look_at(explore(Scenario().with(calls(caller, FarHost::name, port)).between_hosts()),
          "Nobody listened at either of two addresses");
  for (const int error : {EMFILE, ENETUNREACH}) {
    std::unique_ptr<FarDoor> door;
    std::unique_ptr<Conversation> other;
    for_every_call(
        [&](std::uint32_t n) {
          door.reset();
          other = std::make_unique<Conversation>();
          door = std::make_unique<FarDoor>(far, two_hosts::far_address, port,
                                           std::vector<Conversation*>{other.get()});
          other->finish();
          return Scenario()
              .with(calls(caller, two_hosts::far_address, port)
                        .fault({subject::call_connect, n, 1, error, 0}))
              .with(*door)
              .with(*other)
              .between_hosts()
              .about("Leaving no trace");
        },
        [&](const RunResult& run, std::uint32_t) {
          const std::string faults = run.only().faults;
          look_at(run, faults.empty() ? "A connection has come to its end" : "When " + faults);
          if (faults.empty() && run.only().last("outcome") != "nothing") {
            expect_work("connect_to_host threw " + in_words(run.only().last("outcome")) + ".");
          }
        });
  }
}
