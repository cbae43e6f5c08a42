// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles. How well the work is done is the business of the others, but it has to be done here, too.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "requests.h"
#include "resp.h"
#include "server.h"
#include "sockets.h"
#include "stream.h"

using namespace judge;
using namespace requests;
using namespace sockets;

ROLE(echo) {
  std::vector<std::byte> buffer(37);
  while (const std::size_t n = lab::receive_some(me.fd("socket"), buffer)) {
    lab::send_all(me.fd("socket"), std::span(buffer).first(std::min(n, buffer.size())));
  }
  lab::finish_sending(me.fd("socket"));
}

CHECK(Stream, TouchesOnlyItsMemory, part('A'), hygiene, points(1),
      "send_all and receive_some stay inside their buffers") {
  for (const std::uint32_t most : {1000U, 3U}) {
    const Bytes sent = random.bytes(random.between(500, 700));
    Pair pair(SOCK_STREAM);
    Conversation other(std::move(pair.ours));
    other.say(to_text(sent));
    other.finish();
    explore(
        Scenario()
            .with(Cast(echo)
                      .give("socket", std::move(pair.theirs))
                      .fault({subject::call_read | subject::call_write, 1, UINT32_MAX, 0, most}))
            .with(other)
            .on(Build::sanitized));
    expect_work(difference(sent, as_bytes(other.heard())));
  }
}

// Each beginning of the input in memory of exactly its size: what is behind it is nobody's.
ROLE(parsing) {
  for (std::size_t size = 0; size <= me.payload().size(); ++size) {
    std::vector<char> begun(size);
    std::transform(me.payload().begin(), me.payload().begin() + static_cast<std::ptrdiff_t>(size),
                   begun.begin(), [](std::byte b) { return static_cast<char>(b); });
    const auto request = lab::parse_request({begun.data(), begun.size()}, 1000);
    if (request) me.report("size", static_cast<std::int64_t>(request->size));
  }
}

ROLE(serving) { lab::serve(me.fd("listener"), me.fd("stop"), lab::Limits{}); }

CHECK(Server, TouchesOnlyItsMemory, part('B'), hygiene, points(2),
      "the server stays inside its memory, whatever a client sends") {
  const std::string word = random.word(random.between(10, 40));
  const std::string request = encoded({"SET", word, "\r\n", ""});
  const RunResult run =
      explore(Scenario().with(Cast(parsing).payload(to_bytes(request))).on(Build::sanitized));
  if (run.only().all("size") != std::vector<std::string>{std::to_string(request.size())}) {
    expect_work("parse_request did not find a request when it was complete, or before.");
  }
  for (const std::uint32_t most : {100'000U, 3U}) {
    Door door;
    Source stop({}, {.close_at_end = false});
    Conversation good(door.connect()), torn(door.connect()), bad(door.connect());
    good.say(encoded({"SET", word, word}) + encoded({"GET", word}) + encoded({"DEL", word, "k"}) +
             encoded({"INCR", word}) + encoded({"ECHO", ""}) + encoded({}) +
             encoded({"SET", "k", "9223372036854775807"}) + encoded({"INCR", "k"}) +
             encoded({"NONE"}) + encoded({"PING"}));
    torn.say(encoded({"PING"}) + "*2\r\n$4\r\nECHO\r\n$50\r\n" + word);
    torn.finish();
    bad.say(encoded({"PING"}) + "*1\r\n$99999999999999999999999\r\n");
    bool stopped = false;
    explore(
        Scenario()
            .with(Cast(serving)
                      .give("listener", door.listener())
                      .give("stop", stop.read_end())
                      .fault({subject::call_read | subject::call_write, 1, UINT32_MAX, 0, most}))
            .with(stop)
            .with(good)
            .with(torn)
            .with(bad)
            .when_quiet([&](Observer&) {
              if (std::exchange(stopped, true)) return false;
              stop.close();
              return true;
            })
            .about("One thread, many clients")
            .on(Build::sanitized));
    const std::string replies = "+OK\r\n" + bulk(word) +
                                ":1\r\n:1\r\n$0\r\n\r\n+OK\r\n"
                                "-ERR increment or decrement would overflow\r\n"
                                "-ERR unknown command\r\n+PONG\r\n";
    expect_work(difference(as_bytes(replies), as_bytes(good.heard())));
    for (const Conversation* client : {&torn, &bad}) {
      if (!client->heard().starts_with("+PONG\r\n")) expect_work("A client got no reply to PING.");
    }
  }
}
