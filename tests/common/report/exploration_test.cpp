#include "common/report/exploration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/common/report/schema.h"

namespace report {
namespace {

using nlohmann::json;
using testing::ElementsAre;

explore::Row row(std::size_t number, std::size_t actor, const std::string& what, int line) {
  explore::Row row;
  row.number = number;
  row.actor = actor;
  row.what = what;
  row.line = {"locks.cpp", line, "transfer", "lock " + std::to_string(line) + ";"};
  return row;
}

/// Two threads of a child wait for each other; that main waits as well is folded.
Exploration deadlock() {
  Exploration exploration;
  exploration.program = "locks.cpp";
  exploration.arguments = {"--verbose"};
  exploration.found.outcome = interleave::Outcome::deadlock;
  exploration.found.schedules = 5;
  exploration.found.cost = 1;
  exploration.id = "0badcafe";
  exploration.output = "one\ntwo\n";
  explore::Story& story = exploration.story;
  story.kind = "deadlock";
  story.headline = "Nobody can go on.";
  story.details = {"child waits for b.", "child, thread 1 waits for a."};
  story.advice = "Look at `lock`.";
  story.actors = {"main", "child", "child, thread 1"};
  story.rows = {row(2, 0, "forks child", 10),   row(3, 1, "begins", 11),
                row(4, 1, "locks b", 12),       row(5, 1, "unlocks b", 13),
                row(7, 2, "locks b again", 14), row(8, 1, "locks a", 15),
                row(9, 2, "waits for a", 16),   row(11, 1, "waits for b", 17)};
  story.rows[0].matters = false;
  story.rows[1].matters = false;
  story.rows[1].after = 0;
  story.rows[4].after = 3;
  story.rows[6].decisive = story.rows[7].decisive = true;
  story.stacks = {{story.rows[7].line},
                  {story.rows[6].line, {"main.cpp", 3, "main", "transfer();"}}};
  return exploration;
}

Exploration data_race() {
  Exploration exploration = deadlock();
  exploration.found.outcome = interleave::Outcome::race;
  exploration.story.kind = "data-race";
  return exploration;
}

Exploration nothing() {
  Exploration exploration;
  exploration.program = "locks.cpp";
  exploration.found.schedules = 12;
  exploration.found.everything = true;
  exploration.found.complete_up_to = 2;
  return exploration;
}

/// Says what a hostile program could make its names, its lines and its output say.
Exploration hostile() {
  const std::string bad = "</code></pre><script>alert(\"1\")</script>&'\x1b[31m\xff`";
  Exploration exploration = deadlock();
  exploration.program = exploration.id = bad;
  exploration.output = bad + "\n" + bad;
  exploration.arguments = {bad};
  explore::Story& story = exploration.story;
  story.kind = story.headline = story.advice = bad;
  story.details = {bad, bad};
  for (std::string& actor : story.actors) actor += bad;
  for (explore::Row& row : story.rows) {
    row.what = bad;
    row.line = {bad, 1, bad, bad};
  }
  story.stacks = {{story.rows[0].line}};
  return exploration;
}

std::string objections(const json& document) {
  return schemas::objections("exploration.schema.json", document);
}

json as_json(const Exploration& exploration) { return json::parse(to_json(exploration).dump()); }

TEST(ExplorationJson, FitsTheSchema) {
  EXPECT_EQ(objections(as_json(deadlock())), "");
  EXPECT_EQ(objections(as_json(data_race())), "");
  EXPECT_EQ(objections(as_json(nothing())), "");
  Exploration error = deadlock();
  error.found.outcome = interleave::Outcome::full;
  error.story.kind = "error";
  error.id = "";
  EXPECT_EQ(objections(as_json(error)), "");
  EXPECT_TRUE(as_json(error).at("finding").is_null());
}

TEST(ExplorationJson, TellsWhatHappensBeforeByNumber) {
  const json steps = as_json(deadlock()).at("finding").at("steps");
  EXPECT_EQ(steps.at(1).at("after"), 2);
  EXPECT_EQ(steps.at(4).at("after"), 5);
  EXPECT_TRUE(steps.at(2).at("after").is_null());
  EXPECT_EQ(steps.at(0).at("matters"), false);
  EXPECT_EQ(steps.at(6).at("decisive"), true);
}

TEST(ExplorationJson, HasItsKeysInTheDocumentedOrder) {
  const auto keys = [](const nlohmann::ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& entry : object.items()) names.push_back(entry.key());
    return names;
  };
  const nlohmann::ordered_json result = to_json(deadlock());
  EXPECT_THAT(keys(result), ElementsAre("schema", "program", "arguments", "strategy", "seed",
                                        "weak_memory", "schedules", "seconds", "everything",
                                        "complete_up_to", "finding", "error"));
  EXPECT_THAT(keys(result.at("finding")),
              ElementsAre("kind", "message", "details", "advice", "preemptions", "schedule",
                          "replay", "actors", "steps", "stacks", "output"));
  EXPECT_THAT(keys(result.at("finding").at("steps").at(0)),
              ElementsAre("number", "actor", "what", "file", "line", "function", "text", "after",
                          "matters", "decisive"));
}

TEST(ExplorationJson, HoldsNoControlCharacterWhateverTheProgramSays) {
  const std::string text = to_json(hostile()).dump(2);
  EXPECT_EQ(text.find("\\u00"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ExplorationSchema, RefusesWhatAnExplorationMustNotBe) {
  const json good = as_json(deadlock());
  json bad = good;
  bad["surprise"] = 1;
  EXPECT_NE(objections(bad), "") << "an unknown key";
  bad = good;
  bad.erase("error");
  EXPECT_NE(objections(bad), "") << "a missing key";
  bad = good;
  bad["error"] = bad["finding"];
  EXPECT_NE(objections(bad), "") << "both a finding and an error";
  bad = good;
  bad["finding"]["kind"] = "bad luck";
  EXPECT_NE(objections(bad), "") << "a word that means nothing";
  bad = good;
  bad["finding"]["steps"][0].erase("after");
  EXPECT_NE(objections(bad), "") << "a step without its place in the order";
  bad = good;
  bad["complete_up_to"] = 1;
  EXPECT_NE(objections(bad), "") << "a search that found something is never complete";
}

}  // namespace
}  // namespace report
