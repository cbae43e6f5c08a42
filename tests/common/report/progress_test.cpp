#include "common/report/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/report/text.h"
#include "tests/common/report/recorded.h"

namespace report {
namespace {

using testing::HasSubstr;
using testing::Not;

/// An assembler that has taken the first `count` lines of a recording.
Assembler after(int count) {
  Assembler assembler;
  std::ifstream stream(recorded::path("mixed.jsonl"));
  std::string line;
  for (int taken = 0; taken < count && std::getline(stream, line); ++taken) {
    assembler.take_line(line);
  }
  return assembler;
}

TEST(Progress, SaysThatItIsStartingBeforeTheFirstEvent) {
  EXPECT_THAT(render_progress(after(0), "01-pipe", {}), HasSubstr("01-pipe   ⣷ starting\n"));
}

TEST(Progress, SaysThatItIsCompilingBeforeTheFirstCheck) {
  const std::string text = render_progress(after(2), "01-pipe", {});
  EXPECT_THAT(text, HasSubstr("01-pipe   0 of 34   ⣷ compiling\n"));
  EXPECT_THAT(text, HasSubstr("  A   · · · · · · · ·\n"));
}

TEST(Progress, MarksEachCheckAndNamesTheRunningOne) {
  const std::string text = render_progress(after(2 + 2 * 5 + 1), "01-pipe", {});
  EXPECT_THAT(text, HasSubstr("5 of 34   ⣷ write_all throws what write(2) fails with\n"));
  EXPECT_THAT(text, HasSubstr("  A   ✓ ✓ ✓ ✓ ✗ ⣷ · ·\n"));
}

TEST(Progress, TurnsItsWheel) {
  EXPECT_NE(render_progress(after(2), "01-pipe", {.tick = 1}),
            render_progress(after(2), "01-pipe", {.tick = 2}));
}

TEST(Progress, NeedsOneLineOnALowTerminal) {
  EXPECT_EQ(split_lines(render_progress(after(5), "01-pipe", {.lines = 5})).size(), 1U);
}

TEST(Progress, NeverFillsTheLastColumn) {
  for (const int width : {20, 41, 80, 200}) {
    const std::string text = render_progress(after(13), "01-pipe", {.width = width});
    for (const std::string& line : split_lines(text)) {
      EXPECT_LT(display_width(line), width) << line;
    }
  }
}

TEST(Progress, IsPlainWithoutColour) {
  EXPECT_THAT(render_progress(after(20), "01-pipe", {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_progress(after(20), "01-pipe", {.colour = true}), HasSubstr("\x1b[32m✓"));
}

}  // namespace
}  // namespace report
