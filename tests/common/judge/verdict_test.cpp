#include "common/judge/verdict.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/judge/finding.h"

namespace {

using judge::CheckResult;
using nlohmann::json;

CheckResult some_result() {
  CheckResult result;
  result.info = {"Suite.Name", "a sentence", "B", "faults", 4};
  result.status = "failed";
  result.finding = "deadlock";
  result.message = "Nobody can go on.\nRead: \"Ends\"";
  result.where = {{"frames.cpp", 12, "waits in read(2)"}};
  result.replay = "ipclab grade 01";
  return result;
}

TEST(Verdict, ArrivesAsItWasSent) {
  const CheckResult sent = some_result();
  const json line = json::parse(judge::event::check(sent));
  EXPECT_EQ(line.at("event"), "check");
  const auto got = line.get<CheckResult>();
  EXPECT_EQ(got.info.id, sent.info.id);
  EXPECT_EQ(got.info.title, sent.info.title);
  EXPECT_EQ(got.info.part, sent.info.part);
  EXPECT_EQ(got.info.kind, sent.info.kind);
  EXPECT_EQ(got.info.max_score, sent.info.max_score);
  EXPECT_EQ(got.status, sent.status);
  EXPECT_EQ(got.score, sent.score);
  EXPECT_EQ(got.finding, sent.finding);
  EXPECT_EQ(got.message, sent.message);
  EXPECT_EQ(got.where, sent.where);
  EXPECT_EQ(got.replay, sent.replay);
}

TEST(Verdict, TellsNothingFromAnEmptyText) {
  CheckResult passed = some_result();
  passed.finding.reset();
  passed.replay.reset();
  const json line = json::parse(judge::event::check(passed));
  EXPECT_TRUE(line.at("finding").is_null());
  EXPECT_TRUE(line.at("replay").is_null());
  EXPECT_EQ(line.get<CheckResult>().finding, std::nullopt);
}

TEST(Verdict, IsRefusedIfAKeyIsMissing) {
  json line = json::parse(judge::event::check(some_result()));
  line.erase("status");
  EXPECT_THROW((void)line.get<CheckResult>(), json::exception);
}

TEST(Verdict, ShowsBytesThatAreNoText) {
  CheckResult result = some_result();
  result.message = "printed \xff";
  const json line = json::parse(judge::event::check(result));
  EXPECT_EQ(line.at("message"), "printed \xEF\xBF\xBD");
}

TEST(Verdict, AnnouncesEveryCheck) {
  const json line = json::parse(
      judge::event::announcement("01-pipe", "Pipes", 7, "bubblewrap", {some_result().info}));
  EXPECT_EQ(line.at("event"), "announcement");
  EXPECT_EQ(line.at("seed"), 7);
  ASSERT_EQ(line.at("checks").size(), 1U);
  EXPECT_EQ(line.at("checks")[0].at("id"), "Suite.Name");
}

TEST(Finding, HasTheNamesThatTheDesignGives) {
  EXPECT_EQ(to_string(judge::Finding::undefined_behaviour), "undefined-behaviour");
  EXPECT_EQ(to_string(judge::Finding::not_started), "not-started");
}

}  // namespace
