#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/common/cli/fake_kit.h"

namespace {

using fake::Kit;
using fake::Outcome;
namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Grade, ExitsWithWhatTheGradeIs) {
  const Kit kit;
  for (const auto& [recording, status] : std::map<std::string, int>{
           {"full", 0}, {"mixed", 1}, {"skeleton", 1}, {"compile-error", 1}, {"grader-error", 3}}) {
    kit.replay("01-pipe", recording);
    EXPECT_EQ(kit.run({"grade", "01"}).status, status) << recording;
  }
}

TEST(Grade, TakesALabByNumberOrByName) {
  const Kit kit;
  for (const char* name : {"1", "01", "01-pipe"}) {
    EXPECT_THAT(kit.run({"grade", name}).out, HasSubstr("57 of 100 points")) << name;
  }
}

TEST(Grade, TellsTheJudgeWhatToDo) {
  const Kit kit;
  kit.set_judge("01-pipe", "printf '%s\\n' \"$@\" >arguments\nreplay full\n");
  EXPECT_EQ(kit.run({"grade", "1", "--seed", "18446744073709551615", "--jobs", "3", "--check",
                     "ReadFull.*"})
                .status,
            0);
  EXPECT_EQ(fake::read(kit.home() / "arguments"),
            "--submission\n" + (kit.labs() / "01-pipe").string() +
                "\n--seed\n18446744073709551615\n--jobs\n3\n--events-fd\n3\n--check\nReadFull.*\n");
}

// How many orders are tried is each check's own business, unless somebody says otherwise.
TEST(Grade, LeavesTheNumberOfSchedulesToTheChecks) {
  const Kit kit;
  kit.set_judge("01-pipe", "printf '%s' \"${IPCLAB_SCHEDULES-its own}\" >schedules\nreplay full\n");
  EXPECT_EQ(kit.run({"grade", "1"}).status, 0);
  EXPECT_EQ(fake::read(kit.home() / "schedules"), "its own");
  EXPECT_EQ(kit.run({"grade", "1", "--schedules", "7"}).status, 0);
  EXPECT_EQ(fake::read(kit.home() / "schedules"), "7");
}

TEST(Grade, KeepsWhatTheJudgePrintsToItself) {
  const Kit kit;
  kit.set_judge("01-pipe", "echo chatter; echo chatter >&2; replay full\n");
  const Outcome run = kit.run({"grade", "1"});
  EXPECT_THAT(run.out, Not(HasSubstr("chatter")));
  EXPECT_EQ(run.err, "");
}

TEST(Grade, LetsTheJudgeWriteMoreThanAPipeHolds) {
  const Kit kit;
  kit.set_judge("01-pipe", "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; replay full");
  EXPECT_EQ(kit.run({"grade", "1"}).status, 0);
}

TEST(Grade, WritesTheResultAsJson) {
  const Kit kit;
  const Outcome run = kit.run({"grade", "1", "--json", "result.json"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.out, HasSubstr("57 of 100 points"));
  const json result = json::parse(fake::read(kit.home() / "result.json"));
  EXPECT_EQ(result.at("score"), 57);
  EXPECT_EQ(result.at("checks").at(4).at("hints_available"), 3);
}

TEST(Grade, WritesOnlyJsonToStandardOutputForADash) {
  const Kit kit;
  const Outcome run = kit.run({"grade", "1", "--json", "-"});
  EXPECT_EQ(json::parse(run.out).at("lab"), "01-pipe");
  EXPECT_THAT(run.err, HasSubstr("57 of 100 points"));
}

TEST(Grade, GivesTheSameJsonAgainApartFromSeconds) {
  const Kit kit;
  json first = json::parse(kit.run({"grade", "1", "--json", "-"}).out);
  json second = json::parse(kit.run({"grade", "1", "--json", "-", "--jobs", "1"}).out);
  first.erase("seconds");
  second.erase("seconds");
  EXPECT_EQ(first.dump(), second.dump());
}

TEST(Grade, GradesAllLabsIntoOneArray) {
  const Kit kit;
  const Outcome run = kit.run({"grade", "all", "--json", "all.json"});
  EXPECT_EQ(run.status, 1);
  EXPECT_THAT(run.out, HasSubstr("157 of 200"));
  const json results = json::parse(fake::read(kit.home() / "all.json"));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].at("lab"), "01-pipe");
  EXPECT_EQ(results[1].at("lab"), "02-message-queues");
}

TEST(Grade, SaysWhereToBeginIfNoLabIsStarted) {
  const Kit kit;
  kit.replay("01-pipe", "skeleton");
  EXPECT_THAT(kit.run({"grade", "all"}).out, Not(HasSubstr("Begin"))) << "lab 02 has been started";
  kit.replay("02-message-queues", "skeleton");
  EXPECT_THAT(kit.run({"grade", "all"}).out, HasSubstr("Begin  with labs/01-pipe/README.md\n"));
}

TEST(Grade, GradesWhateverLabsATreeHolds) {
  const Kit kit;
  fake::write(kit.home() / "other" / "02-message-queues" / "mailbox.cpp", "");
  const Outcome run = kit.run({"grade", "all", "--from", "other"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("02-message-queues"), Not(HasSubstr("01-pipe"))));
}

TEST(Grade, TakesOneLabsDirectoryFromAnywhere) {
  const Kit kit;
  kit.set_judge("01-pipe", "printf '%s\\n' \"$2\" >submission; replay full\n");
  const std::string odd = "a name\nwith \x1b[31m all";
  fake::write(kit.home() / odd / "pipeline.cpp", "");
  EXPECT_EQ(kit.run({"grade", "1", "--from", odd}).status, 0);
  EXPECT_EQ(fake::read(kit.home() / "submission"), (kit.home() / odd).string() + "\n");
}

TEST(Grade, ShowsTheLineOfTheSubmissionThatAFindingPointsAt) {
  const Kit kit;
  std::string source(51, '\n');
  fake::write(kit.labs() / "01-pipe" / "pipeline.cpp", source + "  wait_for(\x1b[31m child);\n");
  EXPECT_THAT(
      kit.run({"grade", "1"}).out,
      HasSubstr("pipeline.cpp:52  waits in waitpid(2)\n      │     wait_for(␛[31m child);"));
}

TEST(Grade, ShowsNoLineOfAFileThatASubmissionOnlyPointsTo) {
  const Kit kit;
  const fs::path secret = kit.home() / "secret";
  std::string lines;
  for (int line = 0; line < 60; ++line) lines += "secret\n";
  fake::write(secret, lines);
  fs::create_symlink(secret, kit.labs() / "01-pipe" / "pipeline.cpp");
  EXPECT_THAT(kit.run({"grade", "1"}).out,
              AllOf(HasSubstr("pipeline.cpp:52"), Not(HasSubstr("secret"))));
}

TEST(Grade, DoesNotWaitForAFifoInPlaceOfASource) {
  const Kit kit;
  ASSERT_EQ(::mkfifo((kit.labs() / "01-pipe" / "pipeline.cpp").c_str(), 0600), 0);
  EXPECT_EQ(kit.run({"grade", "1"}).status, 1);
}

TEST(Grade, RemembersResultsOfTheStudentsOwnTree) {
  const Kit kit;
  EXPECT_EQ(kit.run({"grade", "1"}).status, 1);
  EXPECT_EQ(json::parse(fake::read(kit.progress() / "01-pipe.json")).at("score"), 57);
}

TEST(Grade, RemembersNothingOfOtherTreesOrOfSomeChecks) {
  const Kit kit;
  fake::write(kit.home() / "solutions" / "01-pipe" / "stream.cpp", "");
  EXPECT_EQ(kit.run({"grade", "1", "--from", "solutions"}).status, 1);
  EXPECT_EQ(kit.run({"grade", "1", "--check", "ReadFull"}).status, 1);
  EXPECT_FALSE(fs::exists(kit.progress()));
}

TEST(Grade, WorksWhereNothingCanBeRemembered) {
  const Kit kit;
  fake::write(kit.progress(), "a file in the place of the directory");
  EXPECT_EQ(kit.run({"grade", "1"}).status, 1);
}

TEST(Grade, NamesTheCommandsOfMakeOnlyUnderMake) {
  const Kit kit;
  EXPECT_THAT(kit.run({"grade", "1"}).out, HasSubstr("ipclab hint 01\n"));
  EXPECT_THAT(kit.run({"grade", "1"}, {.environment = {{"MAKELEVEL", "1"}}}).out,
              HasSubstr("make hint LAB=01\n"));
}

TEST(Grade, SaysHowToReplayACheckInWordsThatAShellTakes) {
  const Kit kit;
  EXPECT_THAT(kit.run({"grade", "1"}).out,
              HasSubstr("Replay  ipclab grade 01 --check '^Pipeline.EndsWhenItShould$'\n"));
  const std::string odd = "a student's";
  fake::write(kit.home() / odd / "01-pipe" / "stream.cpp", "");
  EXPECT_THAT(
      kit.run({"grade", "1", "--from", odd, "--seed", "7"}, {.environment = {{"MAKELEVEL", "1"}}})
          .out,
      HasSubstr("Replay  make grade LAB=01 FROM='a student'\\''s' "
                "CHECK='^Pipeline.EndsWhenItShould$' SEED=7\n"));
}

TEST(Grade, IsPlainWhereThereIsNoTerminal) {
  EXPECT_THAT(Kit().run({"grade", "1"}).out, Not(HasSubstr("\x1b")));
}

TEST(Grade, IsColouredOnATerminalUnlessAskedNotTo) {
  const Kit kit;
  const std::string red = "\x1b[1;31m";
  EXPECT_THAT(kit.run({"grade", "1"}, {.terminal = true}).out, HasSubstr(red));
  EXPECT_THAT(kit.run({"grade", "1", "--no-color"}, {.terminal = true}).out, Not(HasSubstr(red)));
  EXPECT_THAT(kit.run({"grade", "1"}, {.environment = {{"NO_COLOR", "1"}}, .terminal = true}).out,
              Not(HasSubstr(red)));
}

TEST(Grade, ShowsItsProgressOnATerminalAndRemovesIt) {
  const Kit kit;
  // The judge goes on only when the test has seen how far it is.
  ASSERT_EQ(::mkfifo((kit.home() / "go").c_str(), 0600), 0);
  kit.set_judge("01-pipe",
                "head -n 13 \"$recordings/mixed.jsonl\" >&3; read line <go; tail -n +14 "
                "\"$recordings/mixed.jsonl\" >&3\n");
  const auto session = kit.start({"grade", "1", "--no-color"}, {.terminal = true});
  session->expect("A   ✓ ✓ ✓ ✓ ✗");
  fake::write(kit.home() / "go", "go\n");
  session->expect("\x1b[7A\r\x1b[J");  // up over all of it, and gone
  session->expect("57 of 100 points");
  EXPECT_EQ(session->wait().status, 1);
}

TEST(Grade, HandsTheJudgeNothingButItsEvents) {
  const Kit kit;
  // Left open by whoever calls the command, as make does with its job server.
  ASSERT_EQ(::dup2(STDERR_FILENO, 77), 77);
  kit.set_judge("01-pipe",
                "ls /proc/self/fd >fds; cat >input\n"
                "grep -E 'SigBlk|SigIgn' /proc/self/status >signals; replay full\n");
  const int status = kit.run({"grade", "1"}).status;
  ::close(77);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(fake::read(kit.home() / "fds"), "0\n1\n2\n3\n4\n")
      << "4 is the directory that ls reads";
  EXPECT_EQ(fake::read(kit.home() / "input"), "");
  // Signals 32 and 33 are glibc's own: who started us may have them ignored, and nobody can ask for
  // anything else.
  std::string signals = fake::read(kit.home() / "signals");
  if (const auto at = signals.find("180000000"); at != std::string::npos) signals[at] = '0';
  if (const auto at = signals.find("080000000"); at != std::string::npos) signals[at + 1] = '0';
  EXPECT_EQ(signals, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

}  // namespace
