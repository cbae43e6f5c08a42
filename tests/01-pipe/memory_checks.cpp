// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer. They stand
// last, because that build takes longest to compile: the others run meanwhile. How well the work is
// done is the business of those others. But who does none of it touches no memory either, and that
// is no merit: the work has to be done here, too.

#include <csignal>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "frames.h"
#include "stream.h"

using namespace judge;

ROLE(streams) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::byte> buffer(size);
    if (lab::read_full(me.fd("in"), buffer) < size) break;
    lab::write_all(me.fd("out"), buffer);
  }
}

ROLE(framed) {
  while (auto payload = lab::read_frame(me.fd("in"), 3000))
    lab::write_frame(me.fd("out"), *payload);
}

CHECK(Stream, TouchesOnlyItsMemory, part('A'), hygiene, points(2),
      "write_all and read_full stay inside their buffers") {
  for (const std::uint32_t most : {1000U, 3U}) {
    // As many bytes as the buffers of 0, 1, 2, ... 37 bytes hold, and some that fill no buffer.
    Bytes sent = random.bytes(723);
    Source source(sent, {});
    Sink sink;
    explore(Scenario()
                .with(Cast(streams)
                          .give("in", source.read_end())
                          .give("out", sink.write_end())
                          .fault({interleave::call_read | interleave::call_write, 1, UINT32_MAX, 0,
                                  most}))
                .with(source)
                .with(sink)
                .on(Build::sanitized));
    sent.resize(703);
    expect_work(difference(sent, sink.bytes()));
  }
}

CHECK(Frames, TouchOnlyTheirMemory, part('B'), hygiene, points(2),
      "write_frame and read_frame stay inside their memory") {
  for (const std::uint32_t most : {5000U, 3U}) {
    Bytes stream;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, random.between(2, 300),
                                   std::size_t{128}, random.between(200, 2999)}) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        stream.push_back(static_cast<std::byte>(size >> shift & 0xff));
      }
      const Bytes payload = random.bytes(size);
      stream.insert(stream.end(), payload.begin(), payload.end());
    }
    Source source(stream, {});
    Sink sink;
    explore(Scenario()
                .with(Cast(framed)
                          .give("in", source.read_end())
                          .give("out", sink.write_end())
                          .fault({interleave::call_read | interleave::call_write, 1, UINT32_MAX, 0,
                                  most}))
                .with(source)
                .with(sink)
                .on(Build::sanitized));
    expect_work(difference(stream, sink.bytes()));
  }
}
