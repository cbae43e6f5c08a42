#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "requests.h"
#include "server.h"
#include "sockets.h"

using namespace judge;
using namespace requests;
using namespace sockets;

/// Part B: the server. The judge is its clients: it connects to a socket of its own, which a role
/// serves.

ROLE(keeper) {
  std::signal(SIGPIPE, SIG_DFL);
  // So many descriptors beside those that are open already.
  if (const auto spare = me.number("spare descriptors"); spare > 0) {
    const int lowest = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
    ::close(lowest);
    const auto most = static_cast<rlim_t>(lowest + spare);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (me.number("threads") == 0) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NPROC, &none);
  }
  const lab::Limits limits{.max_request = static_cast<std::size_t>(me.number("max request")),
                           .max_unsent = static_cast<std::size_t>(me.number("max unsent"))};
  lab::serve(me.fd("listener"), me.fd("stop"), limits);
}

namespace {

/// The server's clients, and what they do one after the other: each step when everybody waits.
class Service {
 public:
  Service() : stop_({}, {.close_at_end = false}) {}

  /// One more client, which is there from the beginning unless it is to `arrive` later.
  Conversation& client(bool from_the_beginning = true) {
    clients_.push_back(std::make_unique<Conversation>());
    if (from_the_beginning) arrive(*clients_.back());
    return *clients_.back();
  }
  void arrive(Conversation& client) { client.arrive(door_.connect()); }

  /// What to do when nobody can go on.
  void then(std::function<void()> step) { steps_.push_back(std::move(step)); }

  struct Frame {
    std::int64_t max_request = 64 * 1024, max_unsent = 256 * 1024;
    std::int64_t spare_descriptors = 0;
    bool threads = true;
    std::vector<subject::FaultRule> faults = {};
  };

  /// The scenario; at the end the server is told to stop.
  Scenario scenario(const Frame& frame) {
    Cast cast(Role{"keeper"});
    cast.faults = frame.faults;
    Scenario scenario = Scenario().about("One thread, many clients").with(stop_);
    for (const auto& client : clients_) scenario.peers.push_back(client.get());
    return std::move(scenario)
        .with(std::move(cast)
                  .give("listener", door_.listener())
                  .give("stop", stop_.read_end())
                  .give("max request", frame.max_request)
                  .give("max unsent", frame.max_unsent)
                  .give("spare descriptors", frame.spare_descriptors)
                  .give("threads", std::int64_t{frame.threads ? 1 : 0}))
        .when_quiet([this](Observer&) {
          if (step_ < steps_.size()) {
            steps_[step_++]();
            return true;
          }
          if (std::exchange(stopped_, true)) return false;
          stop_.close();
          return true;
        });
  }
  Scenario scenario() { return scenario(Frame{}); }

 private:
  Door door_;
  Source stop_;
  std::vector<std::unique_ptr<Conversation>> clients_;
  std::vector<std::function<void()>> steps_;
  std::size_t step_ = 0;
  bool stopped_ = false;
};

/// What a server would reply: a second one, of the judge's own, for requests that are all right.
class Model {
 public:
  std::string reply(const Words& words) {
    const std::string& command = words[0];
    if (command == "PING") return "+PONG\r\n";
    if (command == "ECHO") return bulk(words[1]);
    if (command == "SET") {
      values_[words[1]] = words[2];
      return "+OK\r\n";
    }
    if (command == "GET") {
      const auto at = values_.find(words[1]);
      return at == values_.end() ? "$-1\r\n" : bulk(at->second);
    }
    if (command == "DEL") return ":" + std::to_string(values_.erase(words[1])) + "\r\n";
    std::string& value = values_[words[1]];
    value = std::to_string((value.empty() ? 0 : std::stoll(value)) + 1);
    return ":" + value + "\r\n";
  }

 private:
  std::map<std::string, std::string> values_;
};

/// Requests, and the replies to them.
struct Talk {
  std::string requests, replies;
};

// Commands of every kind on keys that nobody else has.
[[maybe_unused]] Talk random_talk(Random& random, std::size_t count) {
  const std::string mine = random.word(8);
  Model model;
  Talk talk;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = mine + random.word(1);
    Words words;
    switch (random.between(0, 5)) {
      case 0:
        words = {"PING"};
        break;
      case 1:
        words = {"ECHO", to_text(random.bytes(random.between(0, 60)))};
        break;
      case 2:
        words = {"SET", key, random.word(random.between(1, 300))};
        break;
      case 3:
        words = {"GET", key};
        break;
      case 4:
        words = {"DEL", key};
        break;
      default:
        words = {"INCR", mine + "counter"};
    }
    talk.requests += encoded(words);
    talk.replies += model.reply(words);
  }
  return talk;
}

std::string wrong(const std::string& expected, const Conversation& client) {
  return difference(as_bytes(expected), as_bytes(client.heard()));
}

std::string ping() { return encoded({"PING"}); }

}  // namespace

CHECK(Server, AnswersEachInItsOrder, part('B'), behaviour, points(3),
      "many requests at once, or one in pieces: the replies come in order") {
  struct Manner {
    const char* in_words;
    std::vector<subject::FaultRule> faults;
  };
  const auto few = static_cast<std::uint32_t>(random.between(5, 11));
  for (const Manner& manner :
       {Manner{"", {}},
        Manner{"When each recv(2) and send(2) moves few bytes: ",
               {{subject::call_read | subject::call_write, 1, UINT32_MAX, 0, few}}}}) {
    const std::size_t count = manner.faults.empty() ? 300 : 40;
    Service service;
    Conversation& at_once = service.client();
    Conversation& in_pieces = service.client();
    Conversation& one_by_one = service.client();
    const Talk first = random_talk(random, count), second = random_talk(random, count),
               third = random_talk(random, 12);
    at_once.say(first.requests);
    std::size_t cut = 0;
    for (int i = 0; i < 10; ++i) {
      const std::size_t end = i == 9
                                  ? second.requests.size()
                                  : random.between(cut, std::min(cut + 60, second.requests.size()));
      service.then([&, cut, end] {
        in_pieces.say(std::string_view(second.requests).substr(cut, end - cut));
      });
      cut = end;
    }
    // Between the two bytes of an end of line.
    const std::size_t half = third.requests.rfind('\n');
    service.then([&] { one_by_one.say(std::string_view(third.requests).substr(0, half)); });
    service.then([&] { one_by_one.say(std::string_view(third.requests).substr(half)); });
    explore(service.scenario({.max_unsent = static_cast<std::int64_t>(random.between(500, 2000)),
                              .faults = manner.faults}));
    const struct {
      const Conversation& client;
      const Talk& talk;
      std::string in_words;
    } all[] = {{at_once, first, "A client sent " + std::to_string(count) + " requests at once. "},
               {in_pieces, second, "A client sent its requests in pieces, cut anywhere. "},
               {one_by_one, third, "A client's last piece was the LF that ends its requests. "}};
    for (const auto& one : all) {
      const std::string text = wrong(one.talk.replies, one.client);
      if (text.empty()) continue;
      fail(manner.faults.empty() ? Finding::wrong_result : Finding::unhandled_fault,
           manner.in_words + one.in_words + "Of the replies: " + text,
           manner.faults.empty() ? "A request comes in pieces" : "Short counts");
    }
  }
}

CHECK(Server, ServesHundreds, part('B'), behaviour, points(2),
      "300 clients are connected at once, and all are served from one store") {
  const std::size_t count = 300;
  Service service;
  std::vector<Conversation*> clients;
  std::vector<std::string> keys, values;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(&service.client());
    keys.push_back(random.word(9));
    values.push_back(random.word(random.between(1, 40)));
    clients[i]->say(encoded({"SET", keys[i], values[i]}));
  }
  const std::string counter = random.word(10);
  service.then([&] {
    for (std::size_t i = 0; i < count; ++i) {
      clients[i]->say(encoded({"GET", keys[(i + 1) % count]}) + encoded({"INCR", counter}));
    }
  });
  explore(service.scenario());
  std::vector<std::string> numbers, expected;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string start = "+OK\r\n" + bulk(values[(i + 1) % count]) + ":";
    if (!clients[i]->heard().starts_with(start)) {
      fail(Finding::wrong_result,
           std::to_string(count) +
               " clients have connected, each has set a key and then asks for " +
               "the key of another. Client " + std::to_string(i + 1) + " got " +
               shown(clients[i]->heard()) + " and not " + shown(start) + ".",
           "One thread, many clients");
    }
    numbers.push_back(clients[i]->heard().substr(start.size()));
    expected.push_back(std::to_string(i + 1) + "\r\n");
  }
  std::sort(numbers.begin(), numbers.end());
  std::sort(expected.begin(), expected.end());
  if (numbers != expected) {
    fail(Finding::wrong_result,
         std::to_string(count) +
             " clients have sent INCR for the same key, and the replies are "
             "not the numbers from 1 to " +
             std::to_string(count) + ", each once.",
         "One thread, many clients");
  }
}

CHECK(Server, IsNotDelayedByASlowClient, part('B'), faults, points(3),
      "half a request, or a client that does not read, keeps nobody waiting") {
  Service service;
  Conversation& half = service.client();
  Conversation& deaf = service.client();
  Conversation& other = service.client();
  Conversation& late = service.client(false);
  const std::string key = random.word(8), value = random.word(random.between(40'000, 60'000));
  const std::string request = encoded({"ECHO", random.word(20)});
  const std::size_t cut = random.between(1, request.size() - 1);
  deaf.pause(true);
  deaf.say(encoded({"SET", key, value}));
  half.say(std::string_view(request).substr(0, cut));
  service.then([&] {
    std::string all;
    for (int i = 0; i < 60; ++i) all += encoded({"GET", key});
    deaf.say(all);
  });
  service.then([&] {
    other.say(ping());
    service.arrive(late);
    late.say(ping());
  });
  std::string other_heard, late_heard;
  service.then([&] {
    other_heard = other.heard();
    late_heard = late.heard();
    half.say(std::string_view(request).substr(cut));
    deaf.pause(false);
    deaf.act();
  });
  explore(service.scenario());
  for (const auto& [heard, who] : {std::pair(other_heard, "that was connected already"),
                                   std::pair(late_heard, "that has just arrived")}) {
    if (heard == "+PONG\r\n") continue;
    fail(Finding::unhandled_fault,
         "One client has sent " + std::to_string(cut) + " bytes of a request of " +
             std::to_string(request.size()) +
             ", and one does not read the 60 long replies to its requests. Then a client " +
             std::string(who) + " sent PING, and got " +
             (heard.empty() ? "nothing: the server waits for one of the others." : shown(heard)),
         "A slow client");
  }
  std::string replies = "+OK\r\n";
  for (int i = 0; i < 60; ++i) replies += bulk(value);
  if (const std::string text = wrong(replies, deaf); !text.empty()) {
    fail(
        Finding::wrong_result,
        "A client asked for much, read nothing for a while, and then everything. Of the replies: " +
            text,
        "A slow client");
  }
  if (const std::string text = wrong(request.substr(14), half); !text.empty()) {
    fail(Finding::wrong_result,
         "A client sent a request in two pieces, and others came in between. Of the reply: " + text,
         "A request comes in pieces");
  }
}

CHECK(Server, HoldsBackWhoDoesNotRead, part('B'), faults, points(4),
      "a client that does not read is not read from either, and loses nothing") {
  Service service;
  Conversation& flood = service.client();
  Conversation& deaf = service.client();
  Conversation& other = service.client();
  const std::string key = random.word(8), marker = random.word(9);
  const std::string value = random.word(random.between(40'000, 60'000));
  const std::string message = random.word(1000);
  constexpr std::size_t much = 12U << 20, far_too_much = 6U << 20;
  std::string sent, replies;
  while (sent.size() < much) {
    sent += encoded({"ECHO", message});
    replies += bulk(message);
  }
  flood.pause(true);
  deaf.pause(true);
  deaf.say(encoded({"SET", key, value}));
  service.then([&] { flood.say(sent); });
  service.then([&] {
    // In one call, so that one recv(2) brings all of them.
    std::string all;
    for (int i = 0; i < 100; ++i) all += encoded({"GET", key});
    deaf.say(all + encoded({"INCR", marker}));
  });
  service.then([&] { other.say(encoded({"GET", marker})); });
  std::size_t said = 0;
  std::string marked;
  service.then([&] {
    said = flood.said();
    marked = other.heard();
    flood.pause(false);
    deaf.pause(false);
    flood.act();
    deaf.act();
  });
  explore(service.scenario());
  if (said > far_too_much) {
    fail(Finding::unhandled_fault,
         "A client sends ECHO after ECHO and reads no reply. Limits::max_unsent is 256 KiB, and "
         "the server has taken " +
             std::to_string(said >> 10) +
             " KiB of requests all the same: somewhere in its memory are the replies. Who does not "
             "read must not be read from.",
         "A slow client");
  }
  if (marked != "$-1\r\n") {
    fail(Finding::unhandled_fault,
         "A client sent 100 requests with replies of " + std::to_string(value.size()) +
             " bytes, then INCR, and reads nothing. Limits::max_unsent is 256 KiB, and the INCR "
             "behind them " +
             (marked.empty() ? "was to be looked for by another client, which got no reply."
                             : "has been executed all the same."),
         "A slow client");
  }
  if (const std::string text = wrong(replies, flood); !text.empty()) {
    fail(Finding::wrong_result,
         "A client that had not read at first reads everything now. Of its replies: " + text,
         "A slow client");
  }
  std::string values = "+OK\r\n";
  for (int i = 0; i < 100; ++i) values += bulk(value);
  if (const std::string text = wrong(values + ":1\r\n", deaf); !text.empty()) {
    fail(Finding::wrong_result,
         "A client that had not read at first reads everything now. Of its replies: " + text,
         "A slow client");
  }
}

CHECK(Server, AnswersAfterHalfClose, part('B'), behaviour, points(3),
      "who has finished sending gets all replies, and then the end") {
  Service service;
  Conversation& brief = service.client();
  Conversation& silent = service.client();
  Conversation& torn = service.client();
  Conversation& slow = service.client();
  const std::string key = random.word(8), value = random.word(random.between(40'000, 60'000));
  brief.say(ping() + ping());
  brief.finish();
  silent.finish();
  const std::string request = encoded({"ECHO", random.word(20)});
  torn.say(ping() + request.substr(0, random.between(1, request.size() - 1)));
  torn.finish();
  slow.pause(true);
  std::string asked = encoded({"SET", key, value});
  std::string replies = "+OK\r\n";
  for (int i = 0; i < 40; ++i) {
    asked += encoded({"GET", key});
    replies += bulk(value);
  }
  slow.say(asked);
  slow.finish();
  service.then([&] {
    slow.pause(false);
    slow.act();
  });
  std::vector<bool> ended;
  service.then([&] { ended = {brief.at_end(), silent.at_end(), torn.at_end(), slow.at_end()}; });
  explore(service.scenario());
  const struct {
    const Conversation& client;
    std::string replies, in_words;
  } all[] = {{brief, "+PONG\r\n+PONG\r\n", "A client sent PING twice"},
             {silent, "", "A client sent nothing"},
             {torn, "+PONG\r\n", "A client sent PING and the beginning of a second request"},
             {slow, replies, "A client sent 41 requests with long replies, which it read later"}};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    const std::string situation = all[i].in_words + ", and shut down its sending side (SHUT_WR). ";
    if (const std::string text = wrong(all[i].replies, all[i].client); !text.empty()) {
      fail(Finding::wrong_result, situation + "Of the replies: " + text,
           "Two directions, two ends");
    }
    if (i >= ended.size() || !ended[i]) {
      fail(Finding::leak,
           situation +
               "It got its replies and then waited for the end, which did not come: the "
               "server has to close a connection when all is done for it.",
           "Two directions, two ends");
    }
  }
}

CHECK(Server, RefusesAHostileClient, part('B'), faults, points(3),
      "a request too large, or none at all, ends that connection with a reason") {
  const auto max_request = static_cast<std::int64_t>(random.between(2000, 6000));
  const auto of_size = [&](std::int64_t size) {
    return encoded({"ECHO", random.word(static_cast<std::size_t>(size - 23))});
  };
  struct Case {
    std::string sent, in_words;
  };
  const std::vector<Case> cases{
      {"GET / HTTP/1.1\r\n\r\n", "a request of another protocol"},
      {"*1\r\n$" + std::to_string(random.between(70'000, 900'000'000)) + "\r\n",
       "a length that is too large, and nothing behind it"},
      {"*-3\r\n$4\r\nPING\r\n", "a negative number of words"},
      {of_size(max_request + 1), "a request that is one byte too large"},
      {"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPINGED\r\n", "a second request that is no request"},
      {"*100\r\n" + std::string(200'000, '$'), "200 kB of rubbish"},
  };
  Service service;
  Conversation& good = service.client();
  std::vector<Conversation*> bad;
  for (const Case& one : cases) {
    bad.push_back(&service.client());
    bad.back()->say(ping() + one.sent);
  }
  const std::string largest = of_size(max_request);
  std::vector<bool> ended;
  service.then([&] {
    for (Conversation* client : bad) {
      ended.push_back(client->at_end());
      client->leave();
    }
    good.say(largest + ping());
  });
  explore(service.scenario({.max_request = max_request}));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string situation = "A client sent PING and then " + cases[i].in_words + ". ";
    std::string heard = bad[i]->heard();
    std::string pongs;
    while (heard.starts_with("+PONG\r\n")) {
      pongs += heard.substr(0, 7);
      heard.erase(0, 7);
    }
    const std::size_t expected = i == 4 ? 2 : 1;
    const bool refused =
        heard.starts_with("-ERR Protocol error") && heard.find("\r\n") == heard.size() - 2;
    if (pongs.size() != 7 * expected || !refused) {
      fail(Finding::unhandled_fault,
           situation + "It has to get +PONG " + (expected == 2 ? "twice " : "") +
               "and then one line that begins with -ERR Protocol error. It got " +
               shown(bad[i]->heard()) + ".",
           "A hostile request");
    }
    if (i >= ended.size() || !ended[i]) {
      fail(Finding::unhandled_fault,
           situation +
               "It got its error, and the connection stayed open: nobody knows where in "
               "these bytes a next request would begin.",
           "A hostile request");
    }
  }
  if (const std::string text = wrong(
          bulk(largest.substr(21, static_cast<std::size_t>(max_request) - 23)) + "+PONG\r\n", good);
      !text.empty()) {
    fail(Finding::wrong_result,
         "Another client then sent a request of exactly Limits::max_request bytes, and PING. Of "
         "the replies: " +
             text,
         "A hostile request");
  }
}

CHECK(Server, SurvivesEveryClient, part('B'), faults, points(3),
      "a client that vanishes, or a call that fails for it, ends its connection alone") {
  {
    Service service;
    Conversation& vanishes = service.client();
    Conversation& aborts = service.client();
    Conversation& hasty = service.client();
    Conversation& other = service.client();
    const std::string key = random.word(8), value = random.word(50'000);
    vanishes.pause(true);
    vanishes.say(encoded({"SET", key, value}));
    for (int i = 0; i < 60; ++i) vanishes.say(encoded({"GET", key}));
    aborts.say(ping().substr(0, 9));
    // Gone before its request has been read: nobody is there for the reply.
    hasty.say(ping());
    hasty.leave();
    service.then([&] {
      vanishes.leave();
      aborts.leave();
    });
    service.then([&] { other.say(encoded({"GET", key})); });
    explore(service.scenario());
    if (const std::string text = wrong(bulk(value), other); !text.empty()) {
      fail(
          Finding::unhandled_fault,
          "A client closed its socket while replies were on their way, another in the middle of a "
          "request, and one before its reply. Then a fourth one asked for a value. Of the reply: " +
              text,
          "SIGPIPE and EPIPE");
    }
  }
  struct Case {
    std::uint32_t calls;
    int error;
    bool all_served;  // or else one of the clients may be lost by it
  };
  for (const Case& one :
       {Case{subject::call_read, EINTR, true}, Case{subject::call_write, EINTR, true},
        Case{subject::call_poll, EINTR, true}, Case{subject::call_accept, EINTR, true},
        Case{subject::call_accept, ECONNABORTED, true}, Case{subject::call_read, ECONNRESET, false},
        Case{subject::call_write, ECONNRESET, false}}) {
    std::unique_ptr<Service> service;
    std::vector<Conversation*> clients;
    for_every_call(
        [&](std::uint32_t n) {
          service = std::make_unique<Service>();
          clients = {&service->client(), &service->client(), &service->client()};
          for (Conversation* client : clients) {
            client->say(ping());
            client->finish();
          }
          return service->scenario({.faults = {{one.calls, n, 1, one.error, 0}}});
        },
        [&](const RunResult& run, std::uint32_t) {
          const std::string faults = run.only().faults;
          std::size_t lost = 0;
          for (const Conversation* client : clients) lost += client->heard() == "+PONG\r\n" ? 0 : 1;
          if (lost <= (one.all_served || faults.empty() ? 0U : 1U)) return;
          fail(Finding::unhandled_fault,
               (faults.empty() ? "" : "When " + faults + ": ") + std::to_string(lost) + " of " +
                   std::to_string(clients.size()) + " clients did not get their reply.",
               one.error == EINTR ? "Interrupted calls" : "One thread, many clients");
        });
  }
}

CHECK(Server, SleepsWithoutDescriptors, part('B'), faults, points(3),
      "with no descriptor left it serves who is there, and takes others later") {
  const std::size_t count = 24;
  Service service;
  std::vector<Conversation*> clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(&service.client());
  Conversation& next = service.client(false);
  Conversation& first = *clients.front();
  for (Conversation* client : clients) client->say(ping());
  std::size_t served = 0;
  service.then([&] {
    for (const Conversation* client : clients) served += client->heard() == "+PONG\r\n" ? 1 : 0;
    first.say(ping());
  });
  std::string again;
  service.then([&] {
    again = first.heard();
    for (Conversation* client : clients) client->leave();
  });
  service.then([&] {
    service.arrive(next);
    next.say(ping());
  });
  const RunResult run = explore(service.scenario({.spare_descriptors = 12}));
  const std::string situation = std::to_string(count) +
                                " clients connect, and the process may have 12 descriptors more "
                                "than it had: accept(2) fails with EMFILE. ";
  if (served < 4 || served > 12 || again != "+PONG\r\n+PONG\r\n") {
    fail(Finding::unhandled_fault,
         situation + "Of those that were accepted before that, each has to be served: " +
             std::to_string(served) + " were, and the first one got " +
             (again == "+PONG\r\n+PONG\r\n" ? "its replies." : shown(again) + " for two PINGs."),
         "No descriptor left");
  }
  if (next.heard() != "+PONG\r\n") {
    fail(Finding::unhandled_fault,
         situation +
             "Then all of them left, and one more client came: it was not served. When a "
             "connection has been closed, look at the listening socket again.",
         "No descriptor left");
  }
  if (!run.only().leaks.empty()) {
    fail(Finding::leak, situation + "After serve has returned there are descriptors left.",
         "Leaving no trace");
  }
}

CHECK(Server, LeavesNoDescriptor, part('B'), hygiene, points(2),
      "a connection that is over has no descriptor, and serve leaves none") {
  const std::size_t count = 40;
  Service service;
  std::vector<Conversation*> clients;
  for (std::size_t i = 0; i < count; ++i) clients.push_back(&service.client(false));
  Conversation& stays = service.client();
  stays.say(ping());
  for (std::size_t i = 0; i < count; ++i) {
    service.then([&, i] {
      if (i > 0) clients[i - 1]->leave();
      service.arrive(*clients[i]);
      // Some leave in the middle of a request, and some have said something wrong.
      clients[i]->say(i % 3 == 0 ? ping() : i % 3 == 1 ? ping() + "*1\r\n$4" : ping() + "?\r\n");
    });
  }
  const RunResult run = explore(service.scenario({.spare_descriptors = 12}));
  for (std::size_t i = 0; i < count; ++i) {
    if (clients[i]->heard().starts_with("+PONG\r\n")) continue;
    fail(Finding::leak,
         std::to_string(i) +
             " clients have come and gone one after the other, and the next one is not served: the "
             "process may have 12 descriptors more than at the beginning, and has used them up. "
             "What belonged to a client that has gone has to be closed.",
         "Leaving no trace");
  }
  if (!run.only().leaks.empty()) {
    std::vector<std::string> leaks;
    for (const Leak& leak : run.only().leaks) leaks.push_back(std::to_string(leak.fd));
    fail(Finding::leak,
         "serve has returned while a client was connected, and descriptors " + joined(leaks) +
             " are still open.",
         "Leaving no trace");
  }
}

CHECK(Server, IsOneThread, part('B'), mechanism, points(1),
      "it starts no thread and no process for its clients") {
  Service service;
  std::vector<Conversation*> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(&service.client());
    clients.back()->say(ping());
  }
  const RunResult run = explore(service.scenario({.threads = false}).may_throw());
  for (const Conversation* client : clients) {
    if (client->heard() == "+PONG\r\n" && run.only().how == "returned") continue;
    fail(Finding::wrong_mechanism,
         "Where the process may start no other one, and no thread (RLIMIT_NPROC), 5 clients sent "
         "PING, and not all were served. " +
             (run.only().how == "returned" ? "" : "It threw " + run.only().what + ". ") +
             "One thread has to do for all of them.",
         "One thread, many clients");
  }
}

// Listening on TCP -------------------------------------------------------------------------------

namespace {

[[maybe_unused]] sockaddr_in internet_address(const char* address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &name.sin_addr);
  return name;
}

// A connection to `port` at `address`, or nothing.
[[maybe_unused]] ipc::UniqueFd tcp_client(const char* address, std::uint16_t port) {
  ipc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in name = internet_address(address, port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return {};
  }
  return socket;
}

// Why a TCP socket of our own cannot listen here: 0 if it can.
[[maybe_unused]] int tcp_error() {
  const ipc::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in name = internet_address("127.0.0.1", 0);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0)
    return errno;
  return ::listen(socket.get(), 1) == 0 ? 0 : errno;
}

template <class Call>
std::string thrown_by(Call call) {
  try {
    call();
    return "nothing";
  } catch (const std::invalid_argument&) {
    return "std::invalid_argument";
  } catch (const ipc::SystemError& e) {
    return ::strerrorname_np(e.error());
  }
}

}  // namespace

ROLE(tcp_host) {
  const auto port = static_cast<std::uint16_t>(me.number("port"));
  me.report("machine", std::int64_t{tcp_error()});
  me.report("bad address", thrown_by([] { (void)lab::listen_on("localhost.", 0); }));
  {
    const ipc::UniqueFd listener = lab::listen_on("127.0.0.1", port);
    me.report("second", thrown_by([&] { (void)lab::listen_on("127.0.0.1", port); }));
    const ipc::UniqueFd here = tcp_client("127.0.0.1", port);
    const ipc::UniqueFd elsewhere = tcp_client("127.0.0.2", port);
    me.report("reached", here ? "yes" : "no");
    me.report("elsewhere", elsewhere ? "yes" : "no");
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(listener.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
    me.report("room", static_cast<std::int64_t>(info.tcpi_sacked));  // of a listening socket
    const int flags = ::fcntl(listener.get(), F_GETFD);
    me.report("on exec", (flags & FD_CLOEXEC) != 0 ? "closed" : "open");
    // The server closes first: its end of the connection lingers (TIME_WAIT).
    if (here) {
      ipc::UniqueFd served(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      served.reset();
      char none = 0;
      (void)!::recv(here.get(), &none, 1, 0);
    }
  }
  me.report("again", thrown_by([&] { (void)lab::listen_on("127.0.0.1", port); }));
}

ROLE(tcp_keeper) {
  const auto port = static_cast<std::uint16_t>(me.number("port"));
  const ipc::UniqueFd listener = lab::listen_on("0.0.0.0", port);
  (void)!::write(me.fd("ready"), "!", 1);
  lab::serve(listener.get(), me.fd("stop"), lab::Limits{});
}

// Sends all of it, finishes, and tells what it got. Then it lets go of `stop`.
ROLE(tcp_client_of_keeper) {
  char ready = 0;
  (void)!::read(me.fd("ready"), &ready, 1);
  const ipc::UniqueFd socket =
      tcp_client("127.0.0.3", static_cast<std::uint16_t>(me.number("port")));
  (void)!::send(socket.get(), me.payload().data(), me.payload().size(), MSG_NOSIGNAL);
  ::shutdown(socket.get(), SHUT_WR);
  std::string all;
  std::array<char, 4096> piece;
  for (ssize_t n = 0; (n = ::recv(socket.get(), piece.data(), piece.size(), 0)) > 0;) {
    all.append(piece.data(), static_cast<std::size_t>(n));
  }
  me.report("replies", all);
}

CHECK(Tcp, ListensWhereItIsTold, part('B'), behaviour, points(3),
      "listen_on listens at the address and port it was given, again at once too") {
  const auto port = static_cast<std::int64_t>(random.between(1025, 32'000));
  const RunResult run = explore(
      Scenario().with(Cast(tcp_host).give("port", port)).about("Listening on TCP").may_throw());
  const RoleResult& role = run.only();
  const std::string machine = role.last("machine");
  if (machine == std::to_string(EACCES) || machine == std::to_string(EADDRNOTAVAIL)) {
    not_possible_here("TCP");
  }
  const std::string where = "127.0.0.1, port " + std::to_string(port);
  if (role.how != "returned") {
    fail(Finding::wrong_result, "It was to listen at " + where + ", and threw " + role.what + ".",
         "Listening on TCP");
  }
  const struct {
    const char* tag;
    std::string expected, text;
  } all[] = {
      {"bad address", "std::invalid_argument",
       "The address \"localhost.\" is no IPv4 address in numbers: std::invalid_argument is to be "
       "thrown. Thrown was: "},
      {"reached", "yes",
       "It was to listen at " + where +
           ", and nobody can be reached there. In which order does sockaddr_in have the bytes of "
           "the port? Reached: "},
      {"elsewhere", "no",
       "It was to listen at " + where +
           ", and can be reached at 127.0.0.2 as well: it listens at every address of the machine. "
           "Reached there: "},
      {"second", "EADDRINUSE",
       "A second socket was to listen at the same address and port, while the first one did. That "
       "must fail with EADDRINUSE, or the two would share the clients. Thrown was: "},
      {"on exec", "closed",
       "The socket has to be closed by exec(3) (SOCK_CLOEXEC). After exec it would be: "},
      {"again", "nothing",
       "A server closed a connection and its listening socket, and the next one was to listen at "
       "the same address right away (SO_REUSEADDR). Thrown was: "},
  };
  for (const auto& one : all) {
    if (role.last(one.tag) == one.expected) continue;
    fail(Finding::wrong_result, one.text + role.last(one.tag) + ".", "Listening on TCP");
  }
  if (std::atoi(role.last("room").c_str()) < 128) {
    fail(Finding::wrong_result,
         "The queue of clients that have connected and wait has to have room for 128 at least. "
         "This one has room for " +
             role.last("room") + ".",
         "The queue of a listening socket");
  }
  Channel ready, stop;
  const Talk talk = random_talk(random, 50);
  const RunResult both = explore(Scenario()
                                     .with(Cast(tcp_keeper)
                                               .give("port", port + 1)
                                               .give("ready", std::move(ready.write_end))
                                               .give("stop", std::move(stop.read_end)))
                                     .with(Cast(tcp_client_of_keeper)
                                               .payload(to_bytes(talk.requests))
                                               .give("port", port + 1)
                                               .give("ready", std::move(ready.read_end))
                                               .give("stop", std::move(stop.write_end)))
                                     .about("Listening on TCP"));
  const Bytes* replies = both.of(tcp_client_of_keeper).reported("replies");
  if (const std::string text =
          difference(as_bytes(talk.replies), replies == nullptr ? Bytes{} : *replies);
      !text.empty()) {
    fail(Finding::wrong_result,
         "A client sent 50 requests over TCP and finished sending. Of the replies: " + text,
         "Two directions, two ends");
  }
}
