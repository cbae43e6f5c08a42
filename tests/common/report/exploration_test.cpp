#include "common/report/exploration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/common/report/schema.h"

namespace report {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t times = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

/// The part of the page that shows the essential steps, or all of them.
std::string view(const std::string& page, const std::string& name) {
  const auto begin = page.find("<div class=\"" + name + "\">");
  if (begin == std::string::npos) return "";
  return page.substr(begin, page.find("</table>", begin) - begin);
}

/// Elements that are open at the end, or are closed without having been opened.
std::vector<std::string> unbalanced(const std::string& page) {
  const std::set<std::string> empty{"meta", "col", "input"};
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
    const std::string name = (*at)[2];
    if (empty.contains(name) || (*at)[3].length() > 0) continue;
    if ((*at)[1].length() == 0) {
      open.push_back(name);
    } else if (!open.empty() && open.back() == name) {
      open.pop_back();
    } else {
      return {"</" + name + ">"};
    }
  }
  return open;
}

TEST(Page, NeedsNothingBesidesItself) {
  const std::string page = to_page(deadlock());
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  for (const char* from_elsewhere :
       {"http:", "https:", "src=", "href=", "url(", "@import", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(from_elsewhere)));
  }
  EXPECT_THAT(page, HasSubstr("default-src &#39;none&#39;"));
}

TEST(Page, ShowsEveryStepAndFoldsWhatDoesNotMatter) {
  const Exploration exploration = deadlock();
  const std::string page = to_page(exploration);
  const std::string all = view(page, "all"), essential = view(page, "essential");
  for (const explore::Row& row : exploration.story.rows) {
    const std::string box = "<span class=\"what\">" + row.what + "</span>";
    EXPECT_EQ(count(all, box), 1U) << row.what;
    EXPECT_EQ(count(essential, box), row.matters ? 1U : 0U) << row.what;
    EXPECT_THAT(all, HasSubstr("locks.cpp:" + std::to_string(row.line.number)));
    EXPECT_THAT(all, HasSubstr(row.line.text));
  }
  EXPECT_THAT(essential, HasSubstr("2 other steps"));
  EXPECT_EQ(count(all, "<tr class=\"faint\""), 2U);
  EXPECT_EQ(count(all, "<tr class=\"decisive\""), 2U);
}

TEST(Page, HasOneViewIfNothingIsFolded) {
  Exploration exploration = deadlock();
  exploration.story.unfold();
  const std::string page = to_page(exploration);
  EXPECT_EQ(count(page, "<table"), 1U);
  EXPECT_THAT(page, Not(HasSubstr("<input")));
}

TEST(Page, HasALaneForEachWhoActs) {
  const std::string page = to_page(deadlock());
  const std::string lane = "<th scope=\"col\">";
  EXPECT_THAT(view(page, "all"), AllOf(HasSubstr(lane + "main<"), HasSubstr(lane + "child<"),
                                       HasSubstr(lane + "child, thread 1<")));
  // All that main does is folded.
  EXPECT_THAT(view(page, "essential"),
              AllOf(Not(HasSubstr(lane + "main<")), HasSubstr(lane + "child<")));
}

/// A run of so many steps that nobody reads them all, the two of a race at its end.
Exploration endless(std::size_t steps) {
  Exploration exploration = data_race();
  explore::Story& story = exploration.story;
  story.rows.clear();
  for (std::size_t i = 0; i < steps; ++i) {
    story.rows.push_back(row(i + 1, i % 3, "step " + std::to_string(i + 1) + " of many", 10));
    story.rows.back().matters = i + 16 >= steps || i == 5'000;
    // Each takes up from far above.
    if (i > 0) story.rows.back().after = i / 2 + (i / 2 % 3 == i % 3 ? 1 : 0);
    if (story.rows.back().after == i) story.rows.back().after.reset();
  }
  story.rows[5'000].decisive = story.rows[steps - 2].decisive = story.rows[steps - 1].decisive =
      true;
  return exploration;
}

TEST(Page, ShowsOfALongRunWhatABrowserOpensAtOnce) {
  const Exploration exploration = endless(20'000);
  const std::string page = to_page(exploration);
  EXPECT_LT(page.size(), 8U << 20);
  const std::string all = view(page, "all");
  EXPECT_LE(count(all, "<tr "), 1'010U);
  for (const int step : {1, 50, 5'001, 19'500, 19'999, 20'000}) {
    EXPECT_EQ(count(all, ">step " + std::to_string(step) + " of many<"), 1U) << step;
  }
  EXPECT_EQ(count(all, ">step 10000 of many<"), 0U);
  EXPECT_THAT(page, HasSubstr("The run has 20000 steps, and this page shows at most"));
  EXPECT_THAT(page, HasSubstr("<code>ipclab replay 0badcafe</code> tells all of them"));
  EXPECT_THAT(all, HasSubstr(" other steps"));
  EXPECT_THAT(page, Not(HasSubstr("Show all")));
  EXPECT_THAT(unbalanced(all + "</table></div></div>"), ElementsAre());
}

TEST(Page, HasTheSameLimitIfEveryStepMatters) {
  Exploration exploration = endless(20'000);
  exploration.story.unfold();
  const std::string page = to_page(exploration);
  EXPECT_LT(page.size(), 8U << 20);
  EXPECT_LE(count(page, "<tr "), 1'010U);
  EXPECT_THAT(page, HasSubstr("this page shows at most"));
}

TEST(Page, ShowsAThousandStepsInFull) {
  Exploration exploration = endless(20'000);
  exploration.story.rows.resize(1'000);
  const std::string page = to_page(exploration);
  EXPECT_THAT(page, Not(HasSubstr("this page shows at most")));
  EXPECT_EQ(count(page, "<tr class=\"faint\""), 1'000U);
}

TEST(Page, DrawsAnArrowForWhatHappensBefore) {
  const std::string page = to_page(deadlock());
  EXPECT_EQ(count(view(page, "all"), "class=\"head\""), 2U);
  EXPECT_EQ(count(view(page, "essential"), "class=\"head\""), 1U);
  EXPECT_THAT(view(page, "all"), HasSubstr("after step 2 of main"));
  EXPECT_THAT(view(page, "all"), HasSubstr("after step 5 of child<"));
}

TEST(Page, LetsAnArrowRunThroughTheStepsInBetween) {
  Exploration exploration = deadlock();
  exploration.story.unfold();
  exploration.story.rows[7].after = 4;  // two steps lie between
  const std::string page = to_page(exploration);
  const std::string through = "<path class=\"before\" d=\"M[0-9]+ 0V[0-9]+\"/>";
  const std::regex pattern(through);
  EXPECT_EQ(std::distance(std::sregex_iterator(page.begin(), page.end(), pattern), {}), 2);
}

TEST(Page, ConnectsTheTwoStepsOfARaceWithoutAnArrow) {
  const std::string race = view(to_page(data_race()), "all");
  EXPECT_EQ(count(race, "class=\"race\""), 2U);  // a piece in the row of each
  EXPECT_EQ(count(race, "class=\"head\""), 2U);
  EXPECT_EQ(count(view(to_page(deadlock()), "all"), "class=\"race\""), 0U);
}

TEST(Page, EndsTheLineOfWhoHasEnded) {
  Exploration exploration = deadlock();
  const std::string going_on = view(to_page(exploration), "all");
  exploration.story.rows[0].ends = true;  // main does nothing more than its one step
  const std::string ended = view(to_page(exploration), "all");
  EXPECT_EQ(count(going_on, "class=\"life\"") - count(ended, "class=\"life\""), 7U);
}

TEST(Page, TellsStacksOutputAndHowToReplay) {
  const std::string page = to_page(deadlock());
  EXPECT_THAT(page, HasSubstr("<figcaption>child, thread 1, step 9: waits for a</figcaption>\n<ol>"
                              "<li><span class=\"at\">locks.cpp:16 "));
  EXPECT_THAT(page, HasSubstr("main.cpp:3 in <code>main</code></span><code>transfer();</code>"));
  EXPECT_THAT(page, HasSubstr("<pre>one\ntwo\n</pre>"));
  EXPECT_THAT(page, HasSubstr("<code>ipclab replay 0badcafe</code>"));
  EXPECT_THAT(page, HasSubstr("child@11"));
  EXPECT_THAT(page, HasSubstr("Look at <code>lock</code>."));
  EXPECT_THAT(page, HasSubstr("locks.cpp -- --verbose"));
  EXPECT_THAT(page, HasSubstr("Found in schedule 5; it takes 1 preemption."));
}

TEST(Page, SaysThatNothingWasFound) {
  const std::string page = to_page(nothing());
  EXPECT_THAT(page, HasSubstr("Nothing found in 12 schedules. These are all that there are."));
  EXPECT_THAT(page, Not(HasSubstr("<table")));
}

TEST(Page, ClosesWhatItOpens) {
  for (const Exploration& exploration : {deadlock(), data_race(), nothing(), hostile()}) {
    EXPECT_THAT(unbalanced(to_page(exploration)), ElementsAre());
  }
}

TEST(Page, IsNeverMadeOfWhatTheProgramSays) {
  const std::string page = to_page(hostile());
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\u241b"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\"1\"")));
  for (const char c : page) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_EQ(page.find('\xff'), std::string::npos);
}

TEST(Page, SurvivesIndicesThatPointNowhere) {
  Exploration exploration = deadlock();
  exploration.story.rows[2].after = 99;
  exploration.story.rows[3].after = 3;
  exploration.story.rows[5].actor = 99;
  const std::string page = to_page(exploration);
  EXPECT_THAT(unbalanced(page), ElementsAre());
  EXPECT_EQ(count(view(page, "all"), "<th scope=\"row\">"), 7U);
}

/// The events of a phase, in their order.
std::vector<json> events(const Exploration& exploration, const std::string& phase) {
  std::vector<json> found;
  const json trace = json::parse(to_trace(exploration).dump());
  for (const json& event : trace.at("traceEvents")) {
    if (event.at("ph") == phase) found.push_back(event);
  }
  return found;
}

TEST(Trace, HasASliceForEachStep) {
  const Exploration exploration = deadlock();
  const auto slices = events(exploration, "X");
  ASSERT_EQ(slices.size(), exploration.story.rows.size());
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const explore::Row& row = exploration.story.rows[i];
    EXPECT_EQ(slices[i].at("name"), row.what);
    EXPECT_EQ(slices[i].at("ts"), row.number);
    EXPECT_EQ(slices[i].at("dur"), 1);
    EXPECT_EQ(slices[i].at("cat"), row.decisive ? "decisive" : "step");
    EXPECT_EQ(slices[i].at("args").at("file"), "locks.cpp");
    EXPECT_EQ(slices[i].at("args").at("line"), row.line.number);
  }
}

TEST(Trace, NamesProcessesAndTheirThreads) {
  Exploration exploration = deadlock();
  exploration.story.actors = {"main", "child 1", "thread 1", "child 2", "child 2, thread 1"};
  std::vector<std::string> names;
  for (const json& event : events(exploration, "M")) {
    names.push_back(event.at("name").get<std::string>() + " " + event.at("pid").dump() + "." +
                    event.at("tid").dump() + " " + event.at("args").at("name").get<std::string>());
  }
  EXPECT_THAT(names, ElementsAre("process_name 1.1 main", "thread_name 1.1 main",
                                 "process_name 2.2 child 1", "thread_name 2.2 child 1",
                                 "thread_name 1.3 thread 1", "process_name 4.4 child 2",
                                 "thread_name 4.4 child 2", "thread_name 4.5 child 2, thread 1"));
}

TEST(Trace, PairsTheEndsOfEachFlowWithSlices) {
  const Exploration exploration = deadlock();
  using Place = std::tuple<int, int, int>;
  const auto place = [](const json& event) {
    return Place(event.at("pid"), event.at("tid"), event.at("ts"));
  };
  std::set<Place> slices;
  for (const json& slice : events(exploration, "X")) slices.insert(place(slice));
  std::map<int, Place> begun;
  for (const json& flow : events(exploration, "s")) {
    EXPECT_TRUE(begun.emplace(flow.at("id"), place(flow)).second) << flow;
    EXPECT_TRUE(slices.contains(place(flow))) << flow;
  }
  const auto ends = events(exploration, "f");
  EXPECT_EQ(begun.size(), 2U);
  EXPECT_EQ(ends.size(), begun.size());
  for (const json& flow : ends) {
    ASSERT_TRUE(begun.contains(flow.at("id"))) << flow;
    EXPECT_TRUE(slices.contains(place(flow))) << flow;
    EXPECT_LT(std::get<2>(begun[flow.at("id")]), flow.at("ts")) << flow;
    EXPECT_EQ(flow.at("bp"), "e");
  }
  EXPECT_EQ(begun[1], Place(1, 1, 2));
  EXPECT_EQ(begun[2], Place(2, 2, 5));
}

TEST(Trace, SurvivesIndicesThatPointNowhere) {
  Exploration exploration = deadlock();
  exploration.story.rows[2].after = 99;
  exploration.story.rows[3].after = 3;
  exploration.story.rows[5].actor = 99;
  EXPECT_EQ(events(exploration, "X").size(), 7U);
  EXPECT_EQ(events(exploration, "s").size(), 2U);
}

TEST(Trace, IsValidWhateverTheProgramSays) {
  EXPECT_NO_THROW(static_cast<void>(to_trace(hostile()).dump()));
  EXPECT_TRUE(to_trace(nothing()).at("traceEvents").empty());
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
