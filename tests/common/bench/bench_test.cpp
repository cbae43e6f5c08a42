#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "common/bench/goals.h"
#include "common/bench/machine.h"
#include "common/bench/memory.h"
#include "common/bench/pair.h"
#include "common/bench/results.h"
#include "common/bench/transports.h"
#include "common/bench/transports/ring_ends.h"
#include "ring.h"

namespace {

using namespace bench;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// --- Two processes
// --------------------------------------------------------------------------------

Job job_of(const Transport& transport, Kind kind, std::size_t payload) {
  const std::vector<int> cpus = usable_cpus();
  return {.transport = &transport,
          .kind = kind,
          .payload = payload,
          .count = 100,
          .cpus = {cpus.front(), cpus.back()}};
}

std::vector<Transport> without_packages() {
  return {bounce(),  copies(), copies_alone(), ring(),         lending_ring(),
          channel(), pipe(),   unix_socket(),  message_queue()};
}

TEST(Transports, HandOverWholeMessagesOfAllSizesAndTakeTime) {
  for (const Transport& transport : without_packages()) {
    for (const Kind kind : {Kind::rate, Kind::trip}) {
      for (const std::size_t payload : std::vector<std::size_t>{8, 64, 4096, 128 * 1024}) {
        if (!transport.can(kind, payload)) continue;
        SCOPED_TRACE(transport.name + ", " + kind_in_words(kind) + ", " + size_in_words(payload));
        const Measured measured = measure(job_of(transport, kind, payload));
        EXPECT_GT(measured.seconds, 0);
        if (kind == Kind::rate) continue;
        EXPECT_GT(measured.p50_ns, 0);
        EXPECT_GE(measured.p99_ns, measured.p50_ns);
        // The median of 100 trips is not more than twice their mean.
        EXPECT_LE(measured.p50_ns, 2 * measured.seconds * 1e9 / 100);
      }
    }
  }
}

TEST(Transports, GoThroughOnOneCore) {
  for (const Transport& transport : {ring(), channel(), pipe()}) {
    Job job = job_of(transport, Kind::trip, 64);
    job.cpus.second = job.cpus.first;
    EXPECT_GT(measure(job).seconds, 0) << transport.name;
  }
}

/// A ring whose sender does something wrong with the messages numbered 5, 10, ...
enum class Flaw { garbles, loses, doubles, dies, never_ends };
template <Flaw flaw>
class Flawed : public CopyingRing<lab::Ring> {
 public:
  using CopyingRing<lab::Ring>::CopyingRing;
  void send(std::span<const std::byte> message) {
    if (++sent_ % 5 != 0) return CopyingRing::send(message);
    if constexpr (flaw == Flaw::garbles) {
      std::vector<std::byte> copy(message.begin(), message.end());
      copy.back() ^= std::byte{1};
      CopyingRing::send(copy);
    } else if constexpr (flaw == Flaw::doubles) {
      CopyingRing::send(message);
      CopyingRing::send(message);
    } else if constexpr (flaw == Flaw::dies) {
      ::raise(SIGKILL);
    } else if constexpr (flaw == Flaw::never_ends) {
      while (true) ::pause();
    }
  }

 private:
  int sent_ = 0;
};

template <Flaw flaw>
std::string failure_of(Kind kind) {
  const Transport flawed = transport<Flawed<flaw>>("flawed", Group::ours, "", can_all);
  Job job = job_of(flawed, kind, 64);
  if (flaw == Flaw::never_ends) job.most_time = std::chrono::milliseconds(50);
  try {
    measure(job);
  } catch (const Failed& failed) {
    // Nobody is left behind.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    return failed.what();
  }
  return "none";
}

TEST(Pair, FindsAMessageThatIsGarbledBehindItsNumber) {
  EXPECT_THAT(failure_of<Flaw::garbles>(Kind::rate), HasSubstr("message 5 came out garbled"));
  EXPECT_THAT(failure_of<Flaw::garbles>(Kind::rate), HasSubstr("at byte 56"));
  EXPECT_THAT(failure_of<Flaw::garbles>(Kind::trip), HasSubstr("garbled"));
}

TEST(Pair, FindsAMessageThatIsLostOrDoubled) {
  EXPECT_THAT(failure_of<Flaw::loses>(Kind::rate), HasSubstr("message 5 came out garbled"));
  EXPECT_THAT(failure_of<Flaw::doubles>(Kind::rate), HasSubstr("message 6 came out garbled"));
}

TEST(Pair, SaysHowAProcessWasEnded) {
  EXPECT_THAT(failure_of<Flaw::dies>(Kind::rate), HasSubstr("ended by signal Killed"));
}

TEST(Pair, EndsWhatHangs) {
  EXPECT_THAT(failure_of<Flaw::never_ends>(Kind::rate), HasSubstr("not come to an end"));
}

// --- Results
// --------------------------------------------------------------------------------------

Transport named(const std::string& name, Group group) {
  return {.name = name, .group = group, .remark = "", .can = can_all_but_sleep, .link = {}};
}

Results with_transports() {
  return Results({named("bounced line", Group::limit), named("memcpy in, memcpy out", Group::limit),
                  named("ring", Group::ours), named("slow peer", Group::peer),
                  named("fast peer", Group::peer), named("pipe", Group::bare)});
}

/// A rate of so many messages a second.
void add_rate(Results& results, const std::string& name, std::size_t payload, double per_second) {
  results.add({Kind::rate, name, payload}, {.seconds = 1000 / per_second}, 1000);
}

void add_trip(Results& results, const std::string& name, std::size_t payload, double p50_ns) {
  results.add({Kind::trip, name, payload},
              {.seconds = p50_ns * 1e-6, .p50_ns = p50_ns, .p99_ns = 2 * p50_ns}, 1000);
}

TEST(Median, IsInTheMiddle) {
  EXPECT_EQ(median({3, 1, 100}), 3);
  EXPECT_EQ(median({4, 1, 2, 100}), 3);
  EXPECT_EQ(median({}), 0);
}

TEST(Results, AreMediansOverTheRounds) {
  Results results = with_transports();
  for (const double rate : {10.0, 30.0, 20.0}) add_rate(results, "ring", 8, rate);
  const auto figures = results.of({Kind::rate, "ring", 8});
  ASSERT_TRUE(figures);
  EXPECT_DOUBLE_EQ(figures->per_second, 20);
  EXPECT_DOUBLE_EQ(figures->lowest, 10);
  EXPECT_DOUBLE_EQ(figures->highest, 30);
  EXPECT_EQ(figures->rounds, 3U);
  EXPECT_FALSE(results.of({Kind::rate, "ring", 64}));
}

TEST(Results, DoNotCountRoundsThatWereTooShort) {
  Results results = with_transports();
  const Case which{Kind::rate, "ring", 8};
  results.add(which, {.seconds = 1}, 10);
  results.add(which, {.seconds = 1}, 1000);
  results.add(which, {.seconds = 1}, 10);
  EXPECT_DOUBLE_EQ(results.of(which)->per_second, 1000);
  EXPECT_EQ(results.of(which)->rounds, 1U);
}

TEST(Results, KnowTheBestOfThePackagedPeersAndOfNobodyElse) {
  Results results = with_transports();
  EXPECT_FALSE(results.best_peer(Kind::rate, 8));
  add_rate(results, "ring", 8, 1000);
  add_rate(results, "pipe", 8, 1000);
  add_rate(results, "slow peer", 8, 1);
  add_rate(results, "fast peer", 8, 2);
  EXPECT_EQ(results.best_peer(Kind::rate, 8), "fast peer");
  add_trip(results, "slow peer", 8, 5);
  add_trip(results, "fast peer", 8, 7);
  EXPECT_EQ(results.best_peer(Kind::trip, 8), "slow peer");
}

TEST(Goals, AreMetMissedOrNotMeasured) {
  Results results = with_transports();
  add_trip(results, "bounced line", 8, 100);
  add_trip(results, "ring", 8, 120);
  add_trip(results, "ring", 64, 140);
  add_trip(results, "fast peer", 8, 240);
  add_rate(results, "ring", 64, 29);
  add_rate(results, "fast peer", 64, 10);
  const std::string text = goals_in_words(goals(results));
  EXPECT_THAT(text, HasSubstr("met            1.20  ring, round trip of 8 B: at most 1.25 x"));
  EXPECT_THAT(text, HasSubstr("missed         1.40  ring, round trip of 64 B: at most 1.25 x"));
  EXPECT_THAT(text,
              HasSubstr("met            2.00  ring, round trip of 8 B: at least 1.35 x as fast "
                        "as fast peer"));
  EXPECT_THAT(text, HasSubstr("missed         2.90  ring, 64 B: at least 3.00 x as fast as fast"));
  EXPECT_THAT(text, HasSubstr("not measured         ring, 4 KiB: at least 0.90 x memcpy"));
}

TEST(Tables, FitATerminalAndLeaveOutWhatWasNotMeasured) {
  const std::vector<std::size_t> payloads{8, 64, 1024, 4096, 64 * 1024, 1024 * 1024};
  Results results = with_transports();
  for (const char* name : {"ring", "memcpy in, memcpy out", "fast peer"}) {
    for (const std::size_t payload : payloads) {
      add_rate(results, name, payload, 123456789);
      add_trip(results, name, payload, 8084321);
    }
  }
  const std::string text = tables(results, payloads);
  EXPECT_THAT(text, AllOf(HasSubstr("123 M/s"), HasSubstr("1 MiB"), HasSubstr("8084 / 16169")));
  EXPECT_THAT(text, Not(AllOf(HasSubstr("slow peer"), HasSubstr("one core"))));
  std::istringstream lines(text + goals_in_words(goals(results)));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Tables, HaveRoomForTheNameOfEachRung) {
  for (const Transport& rung : ladder()) EXPECT_LE(rung.name.size(), 28U) << rung.name;
}

TEST(Json, HoldsFiguresAndGoals) {
  Results results = with_transports();
  add_trip(results, "bounced line", 8, 100);
  add_trip(results, "ring", 8, 130);
  const auto document = nlohmann::json::parse(json(results, "a machine"));
  EXPECT_EQ(document["machine"], "a machine");
  EXPECT_EQ(document["figures"].size(), 2U);
  EXPECT_EQ(document["figures"][1]["transport"], "ring");
  EXPECT_EQ(document["figures"][1]["p99_ns"], 260);
  EXPECT_EQ(document["goals"][0]["met"], false);
  EXPECT_EQ(document["goals"][0]["at_most"], 1.25);
}

}  // namespace
