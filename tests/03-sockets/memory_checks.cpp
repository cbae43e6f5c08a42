// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles. How well the work is done is the business of the others, but it has to be done here, too.

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "resp.h"
#include "server.h"
#include "sockets.h"
#include "stream.h"

using namespace judge;
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
