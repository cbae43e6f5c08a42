#include "stream.h"

#include "common/judge/check.h"

using namespace judge;

ROLE(writer) { lab::write_all(me.fd("out"), me.payload()); }

CHECK(WriteAll, DeliversEveryByte, part('A'), behaviour, points(3),
      "write_all delivers every byte, however many there are") {
  Sink sink;
  const Bytes sent = random.bytes(100'000);
  explore(Scenario().with(Cast(writer).payload(sent).give("out", sink.write_end())).with(sink));
  if (sink.bytes() != sent) fail(Finding::wrong_result, "...", "Short counts");
}
