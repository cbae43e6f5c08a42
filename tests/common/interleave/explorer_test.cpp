/// The explorer: what it finds is the same on any machine, can be run again, and is as simple as it
/// can be.

#include "common/explore/explorer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/explore/story.h"

namespace {

using explore::Explorer;
using explore::Found;
using explore::Search;
using explore::Way;
using interleave::Outcome;

std::filesystem::path program(const std::string& name) {
  return std::filesystem::path(IPCLAB_EXPLORED) / "programs" / name;
}

TEST(Explorer, FindsTheSameHoweverManyGoSideBySide) {
  for (const char* name : {"cond-if.wrong", "three-lock-cycle.wrong", "spsc-ring-head.wrong"}) {
    Explorer one(program(name), {}, 1);
    Explorer three(program(name), {}, 3);
    const Found alone = one.search({});
    const Found together = three.search({});
    EXPECT_EQ(alone.outcome, together.outcome) << name;
    EXPECT_EQ(alone.schedules, together.schedules) << name;
    EXPECT_EQ(alone.choices, together.choices) << name;
  }
}

TEST(Explorer, DecidesTheSameWhenARunIsRunAgain) {
  for (const char* name : {"cond-if.right", "pipe-both-write-first.right", "peterson.right"}) {
    Explorer first(program(name), {}, 1);
    Explorer again(program(name), {}, 1);
    Search search;
    search.schedules = 100;
    search.way = Way::random;
    first.search(search, [&](const explore::Run& run) {
      std::vector<std::uint8_t> choices;
      for (const auto& decision : run.decisions) choices.push_back(decision.taken);
      again.replay(search, choices);
      const interleave::Control& control = again.program().control();
      EXPECT_EQ(control.verdict.outcome, run.outcome) << name;
      EXPECT_EQ(control.steps, run.steps) << name;
      EXPECT_EQ(control.decisions, run.decisions.size()) << name;
      return !testing::Test::HasFailure();
    });
  }
}

TEST(Explorer, ShrinksToTheFewestPreemptions) {
  Explorer explorer(program("abba-threads.wrong"), {}, 1);
  Search search;
  search.way = Way::random;  // finds it with whatever switches it happened to make
  const Found found = explorer.search(search);
  EXPECT_EQ(found.outcome, Outcome::deadlock);
  EXPECT_EQ(found.cost, 1U);
}

TEST(Explorer, SaysHowFarItCame) {
  Explorer explorer(program("counter-processes.right"), {}, 1);
  Search search;
  search.way = Way::systematic;
  search.preemptions = 1;
  const Found bounded = explorer.search(search);
  EXPECT_EQ(bounded.complete_up_to, 1);
  EXPECT_FALSE(bounded.everything);
  search.preemptions = 50;
  EXPECT_TRUE(explorer.search(search).everything);
  search.schedules = 1;
  EXPECT_FALSE(explorer.search(search).everything);
}

TEST(Explorer, KillsAProcessBeforeEachOfItsSteps) {
  // A lock that nobody repairs: who waits for it waits for ever.
  Search search;
  search.kill = {1};
  Explorer fragile(program("counter-processes.right"), {}, 1);
  EXPECT_TRUE(fragile.search(search).failed());
  search.kill = {};
  EXPECT_FALSE(fragile.search(search).failed());
}

TEST(Explorer, FailsCallsThatCanFail) {
  Search search;
  search.faults = true;
  Explorer explorer(program("pipe-no-eof.right"), {}, 1);
  EXPECT_TRUE(explorer.search(search).failed());  // it does not look at what fork() returns
  search.faults = false;
  EXPECT_FALSE(explorer.search(search).failed());
}

TEST(Explorer, EndsAWaitForNoReason) {
  Search search;
  search.way = Way::systematic;
  search.preemptions = 1;
  search.spurious = true;
  Explorer explorer(program("signal-for-broadcast.right"), {}, 1);
  EXPECT_FALSE(explorer.search(search).failed());  // it tests in a loop
}

TEST(Schedule, IsWrittenInAFewLettersAndReadAgain) {
  const std::vector<std::vector<std::uint8_t>> all{{}, {1}, {0, 0, 3}, {2, 0, 0, 0, 1}};
  for (const auto& choices : all) {
    EXPECT_EQ(explore::from_id(explore::to_id(choices)), choices) << explore::to_id(choices);
  }
  for (const char* wrong : {"", "x", "1", "1.", "1.0", "1.2-", "99999999999.1", "1.256"}) {
    EXPECT_EQ(explore::from_id(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
