// The checks that run the build with AddressSanitizer and UndefinedBehaviorSanitizer, and their
// roles: no other file's are in that build. They stand last, because it takes longest to compile:
// the others run meanwhile. How well the work is done is the business of those others. But who does
// none of it touches no memory either, and that is no merit: the work has to be done here, too.

#include <csignal>

#include "callers.h"
#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "frames.h"
#include "stream.h"

using namespace judge;
using namespace pipelines;

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

ROLE(runs_pipelines) {
  run_all(me);
  settle(me);
}

CHECK(Stream, TouchesOnlyItsMemory, part('A'), hygiene, points(2),
      "write_all and read_full stay inside their buffers") {
  for (const std::uint32_t most : {1000U, 3U}) {
    // As many bytes as the buffers of 0, 1, 2, ... 37 bytes hold, and some that fill no buffer.
    Bytes sent = random.bytes(723);
    Source source(sent, {});
    Sink sink;
    explore(
        Scenario()
            .with(Cast(streams)
                      .give("in", source.read_end())
                      .give("out", sink.write_end())
                      .fault({subject::call_read | subject::call_write, 1, UINT32_MAX, 0, most}))
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
    explore(
        Scenario()
            .with(Cast(framed)
                      .give("in", source.read_end())
                      .give("out", sink.write_end())
                      .fault({subject::call_read | subject::call_write, 1, UINT32_MAX, 0, most}))
            .with(source)
            .with(sink)
            .on(Build::sanitized));
    expect_work(difference(stream, sink.bytes()));
  }
}

CHECK(Pipeline, LeavesNoZombie, part('C'), hygiene, points(2),
      "run_pipeline waits for every stage, however it ends") {
  const std::string word = random.word(16);
  const std::vector<Pipeline> all{
      {{"true"}},
      {{"true"}, {"false"}, {"true"}},
      {{"no-" + random.word(6)}, {"cat"}},
      {{"yes"}, {"cat"}, {"head", "-n", "1"}},
      {{"stage", "die", "9"}, {"cat"}},
      {{"stage", "words", word}, {"cat"}},
      {{"true"}, {"true"}, {"true"}, {"true"}, {"true"}, {"true"}, {"true"}, {"true"}}};
  const std::vector<std::vector<int>> statuses{
      {0}, {0, 1, 0}, {127, 0}, {141, 141, 0}, {137, 0}, {0, 0}, std::vector<int>(8)};
  // Once more with the sanitizers, for what was written behind the end of an array.
  for (const Build build : {Build::plain, Build::sanitized}) {
    const RunResult run = explore(
        Scenario()
            .with(calling(runs_pipelines, all))
            .when_quiet([](Observer& seen) { return let_role_settle(seen, runs_pipelines); })
            .on(build));
    if (!run.only().children.empty()) {
      fail(Finding::leak,
           "After " + std::to_string(all.size()) +
               " pipelines the caller still has children: " + joined(run.only().children) +
               ". A child that has ended stays a zombie until its parent has waited for it.",
           "Leaving no trace");
    }
    if (!run.strays.empty()) {
      fail(Finding::leak, "The caller has ended, and " + joined(run.strays) + " still runs.",
           "Leaving no trace");
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (returned(run.only(), i) == statuses[i]) continue;
      expect_work("Of `" + in_bash(all[i]) + "` it returned other statuses than bash has for it.");
    }
    if (run.only().output.find(word) == std::string::npos) {
      expect_work("`" + in_bash(all[5]) + "` printed nothing.");
    }
  }
}
