#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/common/cli/fake_kit.h"

/// The commands that only look: no command at all, `list` and `doctor`.
namespace {

using fake::Kit;
using fake::Outcome;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

TEST(Progress, BeginsWithTheFirstHandout) {
  const Outcome run = Kit().run({});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out,
              AllOf(ContainsRegex("01-pipe +Pipes: a stream of bytes"),
                    HasSubstr("Next   read labs/01-pipe/README.md"), HasSubstr("ipclab grade 01")));
}

// Who works at one check grades that one, and the board knows it.
TEST(Progress, RemembersEachCheckByItself) {
  const Kit kit;
  const std::string one =
      R"(printf '%s\n' '{"event":"announcement","lab":"01-pipe","title":"Pipes","seed":1,)"
      R"("isolation":"bubblewrap","checks":[{"id":"ReadFull.SurvivesShortReadsAndSignals","title":)"
      R"("read_full goes on after short reads and signals","part":"A","kind":"faults",)"
      R"("max_score":3}]}' >&3; grep '"status":"passed"' "$recordings/full.jsonl" | )"
      R"(grep '"id":"ReadFull.SurvivesShortReadsAndSignals"' >&3; )"
      R"(echo '{"event":"finished"}' >&3)";
  kit.set_judge("01-pipe", one);
  EXPECT_EQ(kit.run({"grade", "1", "--check", "Survives"}).status, 0);
  EXPECT_THAT(kit.run({}).out, HasSubstr("read labs/01-pipe/README.md and begin"));
  kit.replay("01-pipe", "mixed");
  static_cast<void>(kit.run({"grade", "1"}));
  EXPECT_THAT(kit.run({}).out, HasSubstr("57 of 100\n"));
  kit.set_judge("01-pipe", one);
  EXPECT_EQ(kit.run({"grade", "1", "--check", "Survives"}).status, 0);
  EXPECT_THAT(kit.run({}).out, HasSubstr("60 of 100\n"));
}

TEST(Progress, ShowsHowFarTheStudentIsAndWhatIsNext) {
  const Kit kit;
  static_cast<void>(kit.run({"grade", "1"}));
  EXPECT_THAT(kit.run({"progress"}).out,
              AllOf(HasSubstr("57 of 100\n"),
                    HasSubstr("Next   01-pipe, part A: read_full goes on after short reads and "
                              "signals\n")));
}

TEST(Progress, GoesOnToTheNextLab) {
  const Kit kit;
  kit.replay("01-pipe", "full");
  static_cast<void>(kit.run({"grade", "1"}));
  EXPECT_THAT(kit.run({}).out, HasSubstr("read labs/02-message-queues/README.md"));
  static_cast<void>(kit.run({"grade", "2"}));
  EXPECT_THAT(kit.run({}).out, HasSubstr("All labs have full marks."));
}

TEST(Progress, TakesABrokenMemoryForNone) {
  const Kit kit;
  fake::write(kit.progress() / "01-pipe.json", "{\"schema\": 1");
  EXPECT_THAT(kit.run({}).out, HasSubstr("not started"));
}

TEST(List, ShowsLabsPartsAndPoints) {
  const Kit kit;
  EXPECT_THAT(kit.run({"list"}).out,
              AllOf(HasSubstr("01-pipe   Pipes: a stream of bytes"), HasSubstr("not graded yet"),
                    HasSubstr("C   What a shell does with ls | wc -l\n")));
  static_cast<void>(kit.run({"grade", "1"}));
  EXPECT_THAT(kit.run({"list"}).out, AllOf(HasSubstr("57 of 100\n"), HasSubstr("21 of 30\n")));
}

TEST(Doctor, ToldOfAKitThatWorksSaysWhatThereIs) {
  const Outcome run = Kit().run({"doctor"});
  EXPECT_EQ(run.status, 0) << run.out;
  for (const char* feature :
       {"kernel", "namespaces", "seccomp", "Landlock", "cgroup", "message queues", "/dev/shm",
        "processors", "memory", "kit", "compiler", "linker"}) {
    EXPECT_THAT(run.out, HasSubstr(" " + std::string(feature) + " "));
  }
  EXPECT_THAT(run.out, HasSubstr("01-pipe, 02-message-queues"));
}

TEST(Doctor, FailsWithoutAKit) {
  const Outcome run = Kit().run({"doctor"}, {.environment = {{"IPCLAB_KIT", "/nowhere"}}});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.out, AllOf(HasSubstr("✗ kit"), HasSubstr("kit.json is missing"),
                             HasSubstr("cannot grade yet")));
}

TEST(Doctor, FailsWithoutTheKitsCompilerOrLinker) {
  const Kit kit;
  fake::write(kit.root() / "kit.json",
              R"({"compiler": "/nowhere/g++", "plain": {"compile": [], "link": ["/nowhere/ld"]},
                  "sanitized": {"compile": [], "link": []},
                  "interleaved": {"compile": [], "link": []}})");
  const Outcome run = kit.run({"doctor"});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.out, AllOf(HasSubstr("✗ compiler        /nowhere/g++ cannot be run"),
                             HasSubstr("✗ linker          /nowhere/ld cannot be run")));
}

TEST(Doctor, NamesLabsWithoutAJudge) {
  const Kit kit;
  std::filesystem::remove(kit.root() / "01-pipe" / "judge");
  const Outcome run = kit.run({"doctor"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, HasSubstr("no judge for 01-pipe"));
}

TEST(Doctor, SaysWhatAMissingProgramCosts) {
  // A PATH with nothing on it, and a kit that links with something else than mold.
  const Outcome run = Kit().run({"doctor"}, {.environment = {{"PATH", "/nowhere"}}});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("! namespaces      bubblewrap is not installed"),
                    HasSubstr("isolated by a user of their own"), HasSubstr("and not mold")));
}

}  // namespace
