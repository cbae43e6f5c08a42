/// Schedules that people write: how they are read, and what is made of them.

#include "common/explore/turns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/explore/explorer.h"
#include "common/explore/story.h"

namespace {

using explore::BadTurns;
using explore::turns_from;
using interleave::Turn;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> names{"main", "left", "right"};

std::vector<std::string> shown(const std::vector<Turn>& turns) {
  std::vector<std::string> text;
  for (const Turn& turn : turns) {
    text.push_back(names[turn.process] + " " + std::to_string(turn.steps));
  }
  return text;
}

TEST(Turns, AreReadLineByLine) {
  EXPECT_THAT(shown(turns_from("left 2\nright\n  main\t 17  ", names)),
              ElementsAre("left 2", "right 0", "main 17"));
}

TEST(Turns, LeaveOutCommentsAndEmptyLines) {
  EXPECT_THAT(shown(turns_from("# none yet\n\n \nleft 1 # one\r\n#right 1\n", names)),
              ElementsAre("left 1"));
  EXPECT_THAT(turns_from("", names), IsEmpty());
}

// The line, and what the person is told.
std::pair<int, std::string> complaint(const std::string& text) {
  try {
    static_cast<void>(turns_from(text, names));
  } catch (const BadTurns& bad) {
    return {bad.line, bad.what()};
  }
  return {0, ""};
}

TEST(Turns, SayWhatIsWrongAndWhere) {
  EXPECT_EQ(complaint("left 1\n\nmiddle 2\n").first, 3);
  EXPECT_THAT(complaint("middle 2").second,
              HasSubstr("'main', 'left' and 'right', and not 'middle'"));
  for (const char* count : {"0", "256", "-1", "two", "2x", "99999999999999999999"}) {
    EXPECT_THAT(complaint(std::string("left ") + count).second,
                HasSubstr("a number from 1 to 255, and not '" + std::string(count) + "'"));
  }
  EXPECT_THAT(complaint("left 2 right 3").second, HasSubstr("'right'"));
  EXPECT_THAT(complaint("\x1b[31mleft").second, HasSubstr("not '?[31mleft'"));
  std::string many;
  for (int i = 0; i < 200; ++i) many += "left 1\n";
  EXPECT_EQ(complaint(many).first, 129);
}

// Who took the steps of a run, in their order.
class Performing : public testing::Test {
 protected:
  std::vector<std::string> steps(const std::string& text) {
    const std::filesystem::path program =
        std::filesystem::path(IPCLAB_EXPLORED) / "small" / "three-steps-each";
    explore::Explorer explorer(program, {}, 1);
    explore::Search search;
    search.weak_memory = false;
    run_ = explorer.perform(search, turns_from(text, names));
    explore::Lines lines(program);
    explore::Story story = explore::tell(explorer.program(), lines, names);
    std::vector<std::string> who;
    for (const explore::Row& row : story.rows) {
      if (row.what.starts_with("changes")) who.push_back(story.actors[row.actor]);
    }
    choices_.clear();
    for (const interleave::Decision& decision : run_.decisions) choices_.push_back(decision.taken);
    // The same decisions lead to the same run, without the turns.
    const explore::Run again = explorer.replay(search, choices_);
    EXPECT_EQ(again.outcome, run_.outcome);
    EXPECT_EQ(again.steps, run_.steps);
    return who;
  }
  explore::Run run_;
  std::vector<std::uint8_t> choices_;
};

TEST_F(Performing, FollowsTheTurns) {
  EXPECT_THAT(steps("right 1\nleft 2\nright 1\nleft 1\nright 1\n"),
              ElementsAre("right", "left", "left", "right", "left", "right"));
  EXPECT_EQ(run_.outcome, interleave::Outcome::finished);
}

TEST_F(Performing, LetsATurnWithoutANumberLastAsLongAsItCan) {
  EXPECT_THAT(steps("left 1\nright\nleft\n"),
              ElementsAre("left", "right", "right", "right", "left", "left"));
}

TEST_F(Performing, RunsOnWhenTheTurnsAreOver) {
  EXPECT_THAT(steps("right 2\n"), ElementsAre("right", "right", "right", "left", "left", "left"));
}

TEST_F(Performing, PassesOverWhoHasEnded) {
  EXPECT_THAT(steps("left\nleft 3\nright 1\n"),
              ElementsAre("left", "left", "left", "right", "right", "right"));
}

}  // namespace
