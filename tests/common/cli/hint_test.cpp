#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/cli/fake_kit.h"

namespace {

using fake::Kit;
using fake::Outcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A kit whose lab 01 has been graded: 57 of 100 points.
class Hint : public testing::Test {
 protected:
  Hint() { static_cast<void>(kit_.run({"grade", "1"})); }
  Kit kit_;
};

TEST_F(Hint, ShowsOneMoreAtEachCall) {
  EXPECT_THAT(kit_.run({"hint", "1"}).out,
              AllOf(HasSubstr("ReadFull.SurvivesShortReadsAndSignals"), HasSubstr("hint 1 of 3"),
                    HasSubstr("read_full goes on after short reads and signals"),
                    HasSubstr("1  Look at `errno`."), Not(HasSubstr("EINTR")),
                    HasSubstr("2 more: ipclab hint 01\n")));
  EXPECT_THAT(kit_.run({"hint", "1"}).out,
              AllOf(HasSubstr("2  It is EINTR."), HasSubstr("1 more:"), Not(HasSubstr("Again!"))));
  EXPECT_THAT(kit_.run({"hint", "1"}).out,
              AllOf(HasSubstr("3  Again!"), HasSubstr("the last of them")));
  const Outcome run = kit_.run({"hint", "1"});
  EXPECT_THAT(run.out, AllOf(HasSubstr("hint 3 of 3"), HasSubstr("1  Look at"),
                             HasSubstr("3  Again!"), HasSubstr("the last of them")));
  EXPECT_EQ(run.status, 0);
}

TEST_F(Hint, CountsEachCheckOnItsOwn) {
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("hint 1 of 3"));
  EXPECT_THAT(kit_.run({"hint", "1", "Pipeline.EndsWhenItShould"}).out, HasSubstr("hint 1 of 1"));
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("hint 2 of 3"));
}

TEST_F(Hint, TakesAnyPartOfANameThatIsClear) {
  EXPECT_THAT(kit_.run({"hint", "1", "endswhen"}).out, HasSubstr("Who holds the other end?"));
  const Outcome unclear = kit_.run({"hint", "1", "pipeline"});
  EXPECT_EQ(unclear.status, 2);
  EXPECT_THAT(unclear.err,
              AllOf(HasSubstr("may mean several"), HasSubstr("\n    Pipeline.EndsWhenItShould"),
                    HasSubstr("\n    Pipeline.KeepsNoDescriptor")));
  const Outcome unknown = kit_.run({"hint", "1", "Ring"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("\n    ReadFull.SurvivesShortReadsAndSignals"));
}

TEST_F(Hint, BeginsWithWhatFailedFirst) {
  fake::write(kit_.root() / "01-pipe" / "hints.json",
              R"({"Pipeline.EndsWhenItShould": ["the pipeline"], "Exchange.NeverDeadlocks": ["no"],
                  "WriteAll.DeliversEveryByte": ["passed already"]})");
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("the pipeline"));
}

TEST_F(Hint, GoesOnWithWhatIsNotStarted) {
  fake::write(
      kit_.root() / "01-pipe" / "hints.json",
      R"({"Exchange.NeverDeadlocks": ["both write"], "WriteAll.DeliversEveryByte": ["no"]})");
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("both write"));
}

TEST_F(Hint, HasNothingToSayAboutFullMarks) {
  kit_.replay("01-pipe", "full");
  static_cast<void>(kit_.run({"grade", "1"}));
  const Outcome run = kit_.run({"hint", "1"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, HasSubstr("full marks: there is nothing to hint at"));
}

TEST_F(Hint, SendsToTheCompilerFirst) {
  kit_.replay("01-pipe", "compile-error");
  static_cast<void>(kit_.run({"grade", "1"}));
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("does not compile: that comes first"));
}

TEST_F(Hint, SaysSoWhereThereAreNone) {
  fake::write(kit_.root() / "01-pipe" / "hints.json", "{}");
  const Outcome run = kit_.run({"hint", "1"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, HasSubstr("no hints for what is missing in 01-pipe"));
}

TEST_F(Hint, StartsAnewIfWhatWasRememberedIsBroken) {
  fake::write(kit_.progress() / "hints.json", "[1, 2");
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("hint 1 of 3"));
  fake::write(kit_.progress() / "hints.json",
              R"({"01-pipe": {"ReadFull.SurvivesShortReadsAndSignals": 99}})");
  EXPECT_THAT(kit_.run({"hint", "1"}).out, HasSubstr("hint 3 of 3"));
}

TEST(HintBeforeGrading, SendsToTheGraderFirst) {
  const Kit kit;
  const Outcome run = kit.run({"hint", "1"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, HasSubstr("Grade it first (`ipclab grade 01`)"));
  EXPECT_THAT(kit.run({"hint", "1", "NoDescriptor"}).out, HasSubstr("Close it."));
}

TEST(HintWithoutMemory, SaysThatItWillShowTheSameAgain) {
  const Kit kit;
  fake::write(kit.progress(), "a file in the place of the directory");
  EXPECT_THAT(kit.run({"hint", "1", "ReadFull"}).out,
              AllOf(HasSubstr("hint 1 of 3"), HasSubstr("cannot be remembered")));
}

}  // namespace
