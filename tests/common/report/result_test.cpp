#include "common/report/result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/common/report/recorded.h"

namespace report {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

json info(const std::string& id, int points = 3) {
  return {{"id", id},
          {"title", "it works"},
          {"part", "A"},
          {"kind", "behaviour"},
          {"max_score", points}};
}

json announcement() {
  return {{"event", "announcement"},   {"lab", "01-pipe"},
          {"title", "Pipes"},          {"seed", 7},
          {"isolation", "bubblewrap"}, {"checks", {info("A.One"), info("A.Two", 4)}}};
}

json passed(const std::string& id, int points = 3) {
  json event = info(id, points);
  event.update({{"event", "check"},
                {"status", "passed"},
                {"score", points},
                {"finding", nullptr},
                {"message", ""},
                {"where", json::array()},
                {"replay", nullptr}});
  return event;
}

json failed(const std::string& id, const std::string& message) {
  json event = passed(id);
  event.update(
      {{"status", "failed"}, {"score", 0}, {"finding", "wrong-result"}, {"message", message}});
  return event;
}

json finished() { return {{"event", "finished"}}; }

/// The result of a judge that says `events` after its announcement.
LabResult result_of(const std::vector<json>& events) {
  Assembler assembler({{"A.Two", 2}});
  assembler.take(announcement());
  for (const json& event : events) assembler.take(event);
  return assembler.finish();
}

template <class Refused>
void expect_refused(Refused refused, const std::string& because) {
  EXPECT_THAT(refused, ThrowsMessage<JudgeError>(HasSubstr(because)));
}

TEST(Assembler, PutsTheResultTogether) {
  const LabResult result =
      result_of({{{"event", "compiler"}, {"status", "warnings"}, {"diagnostics", "hm"}},
                 failed("A.One", "no"),
                 passed("A.Two", 4),
                 finished()});
  EXPECT_EQ(result.lab, "01-pipe");
  EXPECT_EQ(result.seed, 7U);
  EXPECT_EQ(result.score(), 4);
  EXPECT_EQ(result.max_score(), 7);
  EXPECT_EQ(result.compiler.status, "warnings");
  EXPECT_EQ(result.checks[0].message, "no");
  EXPECT_EQ(result.checks[0].hints_available, 0);
  EXPECT_EQ(result.checks[1].hints_available, 2);
}

TEST(Assembler, KeepsTheOrderOfTheAnnouncement) {
  const LabResult result = result_of({passed("A.Two", 4), passed("A.One"), finished()});
  EXPECT_EQ(result.checks[0].info.id, "A.One");
  EXPECT_EQ(result.checks[1].info.id, "A.Two");
}

TEST(Assembler, PutsTheChecksOfAPartTogether) {
  json mixed = announcement();
  mixed["checks"] = {info("B.One"), info("A.One"), info("B.Two"), info("A.Two")};
  mixed["checks"][0]["part"] = "B";
  mixed["checks"][2]["part"] = "B";
  Assembler assembler;
  assembler.take(mixed);
  std::string order;
  for (const Check& check : assembler.so_far().checks) order += check.info.id + " ";
  EXPECT_EQ(order, "A.One A.Two B.One B.Two ");
}

TEST(Assembler, BelievesTheLastWordOfTheCompiler) {
  const json ok = {{"event", "compiler"}, {"status", "ok"}, {"diagnostics", ""}};
  const json refused = {{"event", "compiler"}, {"status", "failed"}, {"diagnostics", "line 1"}};
  const LabResult result =
      result_of({ok, refused, passed("A.One"), passed("A.Two", 4), finished()});
  EXPECT_EQ(result.compiler.status, "failed");
}

TEST(Assembler, LeavesTheGradersOwnFailureOutOfTheTotal) {
  json error = passed("A.One");
  error.update({{"status", "error"}, {"score", 0}, {"message", "bash is missing"}});
  const LabResult result = result_of({error, passed("A.Two", 4), finished()});
  EXPECT_TRUE(result.has_errors());
  EXPECT_EQ(result.score(), 4);
  EXPECT_EQ(result.max_score(), 4);
}

TEST(Assembler, KnowsWhichChecksAreRunning) {
  Assembler assembler;
  assembler.take(announcement());
  assembler.take({{"event", "started"}, {"id", "A.One"}});
  EXPECT_TRUE(assembler.is_running("A.One"));
  EXPECT_FALSE(assembler.is_running("A.Two"));
  assembler.take(passed("A.One"));
  EXPECT_FALSE(assembler.is_running("A.One"));
}

TEST(Assembler, CleansWhatComesFromASubmission) {
  json event = failed("A.One", "two\nlines \x1b[2J");
  event["where"] = {{{"file", "a\nb.cpp"}, {"line", 1}, {"text", "\x07"}}};
  event["replay"] = "make\x1b replay";
  const LabResult result = result_of({event, passed("A.Two", 4), finished()});
  EXPECT_EQ(result.checks[0].message, "two\nlines ␛[2J");
  EXPECT_EQ(result.checks[0].where[0].file, "a␊b.cpp");
  EXPECT_EQ(result.checks[0].where[0].text, "␇");
  EXPECT_EQ(result.checks[0].replay, "make␛ replay");
}

TEST(Assembler, ReadsALineWithBytesThatAreNotUtf8) {
  Assembler assembler;
  assembler.take(announcement());
  std::string line = failed("A.One", "got X").dump();
  line.replace(line.find("got X") + 4, 1, "\xff");
  assembler.take_line(line);
  EXPECT_EQ(assembler.so_far().checks[0].message, "got �");
}

TEST(Assembler, RefusesWhatIsNotJson) {
  Assembler assembler;
  expect_refused([&] { assembler.take_line("Segmentation fault\x1b[1m"); },
                 "'Segmentation fault␛[1m', which is not JSON");
}

TEST(Assembler, RefusesAnEventWithoutWhatItNeeds) {
  json event = passed("A.One");
  event.erase("score");
  expect_refused([&] { result_of({event}); }, "score");
  expect_refused([] { Assembler().take(json(5)); }, "makes no sense");
}

TEST(Assembler, RefusesEventsAtTheWrongTime) {
  expect_refused([] { Assembler().take(finished()); }, "before its announcement");
  expect_refused([] { result_of({announcement()}); }, "a second announcement");
  expect_refused([] { result_of({finished(), passed("A.One")}); }, "after it had finished");
}

TEST(Assembler, RefusesChecksThatWereNotAnnouncedOrComeTwice) {
  expect_refused([] { result_of({passed("A.Three")}); }, "not announced, A.Three");
  expect_refused([] { result_of({passed("A.One"), passed("A.One")}); }, "two results of A.One");
  json twice = announcement();
  twice["checks"] = {info("A.One"), info("A.One")};
  expect_refused([&] { Assembler().take(twice); }, "two checks called A.One");
}

TEST(Assembler, RefusesPointsThatDoNotFitTheStatus) {
  json too_many = passed("A.One");
  too_many["score"] = 4;
  expect_refused([&] { result_of({too_many}); }, "4 points for A.One, which is passed");
  json given = failed("A.One", "no");
  given["score"] = 3;
  expect_refused([&] { result_of({given}); }, "3 points for A.One, which is failed");
}

TEST(Assembler, RefusesWordsThatMeanNothing) {
  json status = passed("A.One");
  status["status"] = "ok";
  expect_refused([&] { result_of({status}); }, "'ok' as the status");
  json finding = failed("A.One", "no");
  finding["finding"] = "bad-luck";
  expect_refused([&] { result_of({finding}); }, "'bad-luck' as the finding");
  finding["finding"] = nullptr;
  expect_refused([&] { result_of({finding}); }, "no finding for A.One");
  json isolation = announcement();
  isolation["isolation"] = "hope";
  expect_refused([&] { Assembler().take(isolation); }, "'hope' as the isolation");
  json kind = announcement();
  kind["checks"][0]["kind"] = "style";
  expect_refused([&] { Assembler().take(kind); }, "'style' as a kind");
  expect_refused([] { result_of({{{"event", "applause"}}}); }, "'applause' is none of its events");
}

TEST(Assembler, RefusesToFinishWithoutEveryResult) {
  expect_refused([] { result_of({passed("A.One"), finished()}); }, "without a result of A.Two");
  expect_refused(
      [] {
        result_of({passed("A.One"), passed("A.Two", 4)});
      },
      "ended before it had finished");
}

TEST(Assembler, PassesOnWhyTheJudgeGaveUp) {
  EXPECT_THAT(
      [] {
        result_of({{{"event", "error"}, {"message", "no compiler"}}});
      },
      ThrowsMessage<DeclaredError>("no compiler"));
}

TEST(Assembler, CountsWhatWasAnnouncedAndNotWhatIsSaidLater) {
  json event = passed("A.One");
  event["max_score"] = 100;
  event["part"] = "Z";
  const LabResult result = result_of({event, passed("A.Two", 4), finished()});
  EXPECT_EQ(result.checks[0].info.max_score, 3);
  EXPECT_EQ(result.checks[0].info.part, "A");
}

}  // namespace
}  // namespace report
