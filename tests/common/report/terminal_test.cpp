#include "common/report/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "common/report/text.h"
#include "tests/common/report/recorded.h"

namespace report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

View plain_view() {
  View view;
  view.part_titles = {{"A", "Write all of it, read all of it"},
                      {"B", "Frames over a stream"},
                      {"C", "What a shell does with ls | wc -l"},
                      {"D", "A named pipe with many writers"},
                      {"E", "Two processes that talk both ways"}};
  view.hint_command = [](const std::string& id, bool is_first) {
    return is_first ? "make hint LAB=01" : "make hint LAB=01 CHECK=" + id;
  };
  view.handout = "labs/01-pipe/README.md";
  view.source_line = [](const std::string& file, int line) -> std::optional<std::string> {
    if (file != "pipeline.cpp" || line != 52) return std::nullopt;
    return "\t\tcheck(::waitpid(child, &status, 0));  // \x1b[31m";
  };
  return view;
}

std::string without_colours(const std::string& text) {
  static const std::regex colour("\x1b\\[[0-9;]*m");
  return std::regex_replace(text, colour, "");
}

/// Compares with a file beside this one. To look at a changed report and take it over, set
/// IPCLAB_UPDATE_GOLDEN; the test then writes the file and fails, so that nobody leaves it set.
void expect_golden(const std::string& text, const std::string& file) {
  if (std::getenv("IPCLAB_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(recorded::path(file)) << text;
    FAIL() << file << " was written anew: look at the difference, then test again";
  }
  EXPECT_EQ(text, recorded::text(file));
}

class Report : public testing::TestWithParam<const char*> {};

TEST_P(Report, LooksAsItDid) {
  const std::string name = GetParam();
  expect_golden(render(recorded::result(name), plain_view()), name + ".txt");
}

TEST_P(Report, SaysTheSameInColour) {
  View view = plain_view();
  const std::string plain = render(recorded::result(GetParam()), view);
  view.colour = true;
  const std::string coloured = render(recorded::result(GetParam()), view);
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(coloured, HasSubstr("\x1b[1m"));
  EXPECT_EQ(without_colours(coloured), plain);
}

TEST_P(Report, FitsAnyTerminal) {
  View view = plain_view();
  for (const int width : {40, 57, 80, 99, 100, 300}) {
    view.width = width;
    for (const std::string& line : split_lines(render(recorded::result(GetParam()), view))) {
      EXPECT_LE(display_width(line), std::min(width, 100)) << line;
      EXPECT_FALSE(line.ends_with(' ')) << "'" << line << "'";
    }
  }
}

TEST_P(Report, SendsNothingToTheTerminalButItsOwnColours) {
  View view = plain_view();
  view.colour = true;
  const std::string text = without_colours(render(recorded::result(GetParam()), view));
  for (const char c : text) {
    EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
  }
  EXPECT_EQ(clean(text), text);
}

INSTANTIATE_TEST_SUITE_P(Terminal, Report,
                         testing::Values("mixed", "full", "skeleton", "compile-error",
                                         "grader-error", "hostile"));

TEST(Terminal, ShowsTheSourceOfAPlace) {
  EXPECT_THAT(render(recorded::result("mixed"), plain_view()),
              HasSubstr("pipeline.cpp:52  waits in waitpid(2)\n      │     check(::waitpid(child, "
                        "&status, 0));  // ␛[31m\n"));
}

TEST(Terminal, TellsOneCauseOnlyOnce) {
  const std::string text = render(recorded::result("compile-error"), plain_view());
  const std::string cause = "stream.cpp does not compile";
  const std::size_t first = text.find(cause);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find(cause, first + 1), std::string::npos);
}

// What a check has to show although it has passed is for who asked for that check.
TEST(Terminal, ShowsWhatPassedIfItIsThorough) {
  LabResult result = recorded::result("full");
  result.checks.front().message = "Step 1\nStep 2";
  View view = plain_view();
  EXPECT_THAT(render(result, view), Not(HasSubstr("Step 1")));
  view.is_thorough = true;
  EXPECT_THAT(render(result, view), HasSubstr("\n      │ Step 1\n      │ Step 2\n"));
}

TEST(Terminal, CutsAMessageThatNeverEnds) {
  LabResult result = recorded::result("hostile");
  for (int line = 0; line < 1000; ++line) result.checks[0].message += "again\n";
  for (int place = 0; place < 1000; ++place) result.checks[0].where.push_back({"a.cpp", 1, ""});
  for (int line = 0; line < 1000; ++line) result.compiler.diagnostics += "a.cpp:1: warning\n";
  const std::string text = render(result, plain_view());
  EXPECT_LT(split_lines(text).size(), 120U);
  EXPECT_THAT(text, HasSubstr("more lines are in the JSON result"));
  EXPECT_THAT(text, HasSubstr("more places"));
}

TEST(Terminal, NamesTheIsolationOnlyIfItIsNotTheUsualOne) {
  LabResult result = recorded::result("full");
  EXPECT_THAT(render(result, plain_view()), Not(HasSubstr("isolat")));
  result.isolation = "landlock";
  EXPECT_THAT(render(result, plain_view()), HasSubstr("isolated by landlock"));
  result.isolation = "none";
  EXPECT_THAT(render(result, plain_view()), HasSubstr("without any isolation"));
}

TEST(Terminal, OffersNoHintWhereNothingFailed) {
  EXPECT_THAT(render(recorded::result("full"), plain_view()), Not(HasSubstr("make hint")));
}

TEST(Terminal, FoldsALabThatNobodyHasStarted) {
  const LabResult skeleton = recorded::result("skeleton");
  EXPECT_TRUE(is_not_started(skeleton));
  EXPECT_FALSE(is_not_started(recorded::result("mixed")));
  const std::string text = render_not_started(skeleton, plain_view());
  EXPECT_THAT(text, StartsWith("  01-pipe   Pipes: a stream of bytes "));
  EXPECT_EQ(split_lines(text).size(), 1U);
}

TEST(Terminal, AddsUpAllLabs) {
  LabResult other = recorded::result("full");
  other.lab = "02-message-queues";
  const std::string text = render_summary({recorded::result("mixed"), other}, plain_view());
  EXPECT_THAT(text, HasSubstr("57 of 100\n"));
  EXPECT_THAT(text, HasSubstr("100 of 100\n"));
  EXPECT_THAT(text, HasSubstr("157 of 200\n"));
}

TEST(Bar, IsFullOnlyWithEveryPoint) {
  const Style plain(false);
  EXPECT_EQ(bar(plain, 0, 100, 4), "────");
  EXPECT_EQ(bar(plain, 1, 100, 4), "━───");
  EXPECT_EQ(bar(plain, 99, 100, 4), "━━━─");
  EXPECT_EQ(bar(plain, 100, 100, 4), "━━━━");
  EXPECT_EQ(bar(plain, 0, 0, 4), "────");
}

TEST(Style, SetsOffWhatStandsBetweenBackticks) {
  EXPECT_EQ(Style(true).with_code(Tone::plain, "a `b` c ` d"), "a \x1b[1m`b`\x1b[0m c ` d");
  EXPECT_EQ(Style(false).with_code(Tone::bad, "a `b`"), "a `b`");
}

}  // namespace
}  // namespace report
