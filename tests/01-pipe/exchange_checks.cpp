#include <fcntl.h>

#include <cerrno>
#include <csignal>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "exchange.h"

using namespace judge;

// Part E -----------------------------------------------------------------------------------------

namespace {

[[maybe_unused]] void talk(auto& me) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto flags_of = [&](const char* name) {
    return std::int64_t{::fcntl(me.fd(name), F_GETFL)};
  };
  const auto report_flags = [&](const char* when) {
    me.report(when, (flags_of("out") & O_NONBLOCK) | (flags_of("in") & O_NONBLOCK));
  };
  try {
    me.report("got", lab::exchange(me.fd("out"), me.fd("in"), me.payload(),
                                   static_cast<std::size_t>(me.number("expected"))));
  } catch (...) {
    report_flags("non-blocking");
    throw;
  }
  report_flags("non-blocking");
}

}  // namespace

ROLE(left) { talk(me); }
ROLE(right) { talk(me); }

namespace {

Cast talker(Role role, Bytes says, std::size_t expects, ipc::UniqueFd out, ipc::UniqueFd in) {
  return Cast(role)
      .payload(std::move(says))
      .give("expected", static_cast<std::int64_t>(expects))
      .give("out", std::move(out))
      .give("in", std::move(in));
}

std::string what_came(const RoleResult& role, std::span<const std::byte> expected) {
  const Bytes* got = role.reported("got");
  return got == nullptr ? "exchange returned nothing." : difference(expected, *got);
}

}  // namespace

CHECK(Exchange, CarriesBothWays, part('E'), behaviour, points(3),
      "exchange sends all its own bytes and receives all the other's") {
  struct Sizes {
    std::size_t left, right;
  };
  for (const Sizes size : {Sizes{random.between(1, 3000), random.between(1, 3000)},
                           Sizes{0, random.between(1, 3000)}, Sizes{random.between(1, 3000), 0}}) {
    const Bytes from_left = random.bytes(size.left), from_right = random.bytes(size.right);
    Channel to_right, to_left;
    const RunResult run =
        explore(Scenario()
                    .about("Who writes first")
                    .with(talker(left, from_left, size.right, std::move(to_right.write_end),
                                 std::move(to_left.read_end)))
                    .with(talker(right, from_right, size.left, std::move(to_left.write_end),
                                 std::move(to_right.read_end))));
    const std::string situation = "One process sends " + std::to_string(size.left) +
                                  " bytes and receives " + std::to_string(size.right) +
                                  ", the other the reverse. ";
    for (const std::string& text :
         {what_came(run.of(right), from_left), what_came(run.of(left), from_right)}) {
      if (!text.empty()) fail(Finding::wrong_result, situation + text, "Who writes first");
    }
  }
  // All of the other's is here before a tenth of its own has gone.
  {
    const Bytes much = random.bytes(random.between(150'000, 250'000)), little = random.bytes(10);
    Source answered(little, {});
    Sink all;
    const RunResult run =
        explore(Scenario()
                    .with(talker(left, much, little.size(), all.write_end(), answered.read_end()))
                    .with(answered)
                    .with(all)
                    .about("Who writes first"));
    std::string text = what_came(run.only(), little);
    if (text.empty()) text = difference(much, all.bytes());
    if (!text.empty()) {
      fail(
          Finding::wrong_result,
          "One process has much to send, and what it receives has come long before that is done. " +
              text,
          "Who writes first");
    }
  }
  // More comes than is expected, and less.
  const std::size_t expected = random.between(100, 2000), more = random.between(1, 500);
  const Bytes mine = random.bytes(50), theirs = random.bytes(expected + more);
  Source source(theirs, {});
  source.keep_read_end();
  Sink sink;
  const RunResult run =
      explore(Scenario()
                  .about("Who writes first")
                  .with(talker(left, mine, expected, sink.write_end(), source.read_end()))
                  .with(source)
                  .with(sink));
  std::string text = what_came(run.only(), std::span(theirs).first(expected));
  if (!text.empty()) fail(Finding::wrong_result, text, "Who writes first");
  if (source.left() != more) {
    fail(Finding::wrong_result,
         std::to_string(expected) + " bytes were expected and " + std::to_string(expected + more) +
             " came: the last " + std::to_string(more) +
             " have to stay in the pipe for whoever reads next, and " +
             std::to_string(source.left()) + " did.",
         "Short counts");
  }
  const Bytes long_speech = random.bytes(random.between(150'000, 250'000));
  Source early(theirs, {});
  Sink sink_too;
  const RunResult short_run = explore(Scenario()
                                          .about("Who writes first")
                                          .with(talker(left, long_speech, theirs.size() + 10,
                                                       sink_too.write_end(), early.read_end()))
                                          .with(early)
                                          .with(sink_too));
  text = what_came(short_run.only(), theirs);
  if (text.empty()) text = difference(long_speech, sink_too.bytes());
  if (!text.empty()) {
    fail(Finding::wrong_result,
         "The other process closed its write end 10 bytes early, and went on reading. " + text,
         "End of file is not an error");
  }
}

CHECK(Exchange, NeverDeadlocks, part('E'), synchronisation, points(2),
      "exchange ends, however much both say, whoever writes first") {
  {
    const Bytes from_left = random.bytes(random.between(150'000, 250'000));
    const Bytes from_right = random.bytes(random.between(150'000, 250'000));
    Channel to_right, to_left;
    const RunResult run =
        explore(Scenario()
                    .about("Who writes first")
                    .with(talker(left, from_left, from_right.size(), std::move(to_right.write_end),
                                 std::move(to_left.read_end)))
                    .with(talker(right, from_right, from_left.size(), std::move(to_left.write_end),
                                 std::move(to_right.read_end))));
    for (const std::string& text :
         {what_came(run.of(right), from_left), what_came(run.of(left), from_right)}) {
      if (!text.empty()) {
        fail(Finding::wrong_result, "Both send more than a pipe holds. " + text,
             "Who writes first");
      }
    }
  }
  // The other process writes all it has before it reads anything; then one that reads everything
  // before it writes.
  for (const bool other_writes_first : {true, false}) {
    const Bytes mine = random.bytes(random.between(150'000, 250'000));
    const Bytes theirs = random.bytes(random.between(150'000, 250'000));
    Source source(theirs, {.paused = !other_writes_first});
    Sink sink;
    sink.pause(other_writes_first);
    const RunResult run = explore(
        Scenario()
            .about("Who writes first")
            .with(talker(left, mine, theirs.size(), sink.write_end(), source.read_end()))
            .with(source)
            .with(sink)
            .when_quiet([&](Observer&) {
              if (other_writes_first && source.done() && sink.paused()) {
                sink.pause(false);
                return true;
              }
              if (!other_writes_first && sink.bytes().size() == mine.size() && source.paused()) {
                source.pause(false);
                return true;
              }
              return false;
            }));
    std::string text = what_came(run.only(), theirs);
    if (text.empty()) text = difference(mine, sink.bytes());
    if (!text.empty()) {
      fail(Finding::wrong_result,
           std::string("The other process ") +
               (other_writes_first ? "writes everything before it reads"
                                   : "reads everything before it writes") +
               ". " + text,
           "Who writes first");
    }
  }
}

CHECK(Exchange, SurvivesShortCountsAndSignals, part('E'), faults, points(2),
      "exchange copes with short counts, signals and a gone reader") {
  const Bytes mine = random.bytes(random.between(20, 30)),
              theirs = random.bytes(random.between(20, 30));
  std::optional<Source> source;
  std::optional<Sink> sink;
  for (const std::uint32_t families :
       {std::uint32_t{subject::call_read}, std::uint32_t{subject::call_write},
        std::uint32_t{subject::call_poll}}) {
    for_every_call(
        [&](std::uint32_t n) {
          source.emplace(theirs, Source::Manner{});
          sink.emplace();
          return Scenario()
              .with(talker(left, mine, theirs.size(), sink->write_end(), source->read_end())
                        .fault({families, n, 1, EINTR, 0})
                        .fault({subject::call_read | subject::call_write, 1, UINT32_MAX, 0, 7}))
              .with(*source)
              .with(*sink);
        },
        [&](const RunResult& run, std::uint32_t) {
          std::string text = what_came(run.only(), theirs);
          if (text.empty()) text = difference(mine, sink->bytes());
          if (!text.empty()) {
            fail(Finding::unhandled_fault, "When " + run.only().faults + ": " + text,
                 "Interrupted calls");
          }
        });
  }
  Source open(theirs, {});
  Sink gone({.close_after = 1000});
  const RunResult run = explore(Scenario()
                                    .about("Who writes first")
                                    .with(talker(left, random.bytes(300'000), theirs.size(),
                                                 gone.write_end(), open.read_end()))
                                    .with(open)
                                    .with(gone)
                                    .may_throw());
  if (run.only().error() != EPIPE) {
    fail(Finding::unhandled_fault,
         "The other process closed its read end (SIGPIPE is ignored): exchange has to throw "
         "ipc::SystemError with EPIPE, and it " +
             (run.only().how == "returned" ? std::string("returned") : "threw " + run.only().what) +
             ".",
         "SIGPIPE and EPIPE");
  }
}

CHECK(Exchange, LeavesThePipesAsTheyWere, part('E'), hygiene, points(1),
      "exchange leaves the pipes blocking, and nothing behind") {
  for (const bool fails : {false, true}) {
    const Bytes ours = random.bytes(200'000), theirs = random.bytes(300);
    Source source(theirs, {});
    Sink sink({.close_after = fails ? 10 : SIZE_MAX});
    const RunResult run =
        explore(Scenario()
                    .about("Who writes first")
                    .with(talker(left, ours, theirs.size(), sink.write_end(), source.read_end()))
                    .with(source)
                    .with(sink)
                    .may_throw());
    const RoleResult& role = run.only();
    const std::string situation =
        std::string("After exchange has ") + (fails ? "thrown" : "returned") + ", ";
    const auto flags = role.all("non-blocking");
    if (flags.size() == 1 && flags[0] != "0") {
      fail(Finding::leak,
           situation +
               "one of the pipes is non-blocking (O_NONBLOCK), and was not before. Whoever uses "
               "it next is surprised by EAGAIN.",
           "Blocking and O_NONBLOCK");
    }
    if (!role.leaks.empty()) {
      fail(Finding::leak,
           situation + "descriptor " + std::to_string(role.leaks[0].fd) + " is open (" +
               role.leaks[0].object + ").",
           "Leaving no trace");
    }
    if (!role.children.empty() || !run.strays.empty()) {
      fail(Finding::leak,
           situation + "a child is left: " +
               (role.children.empty() ? run.strays[0] : role.children[0]) + ".",
           "Leaving no trace");
    }
    if (role.threads > 1)
      fail(Finding::leak, situation + "a thread still runs.", "Leaving no trace");
    if (!fails) expect_work(what_came(role, theirs) + difference(ours, sink.bytes()));
  }
}
