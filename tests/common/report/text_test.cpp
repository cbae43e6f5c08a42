#include "common/report/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace report {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Le;
using testing::ResultOf;

TEST(Clean, LeavesOrdinaryTextAsItIs) {
  const std::string text = "naïve 漢字 ✓ \U0001F600\n\tindented\n";
  EXPECT_EQ(clean(text), text);
}

TEST(Clean, ShowsControlCharactersAsPictures) {
  EXPECT_EQ(clean("a\x1b[31mb\x07"), "a␛[31mb␇");
  EXPECT_EQ(clean(std::string("nul\0del\x7f", 8)), "nul␀del␡");
}

TEST(Clean, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(clean("\xff"), "�");
  EXPECT_EQ(clean("cut \xe2\x9c"), "cut ��");
  EXPECT_EQ(clean("\xc0\xaf"), "��") << "an overlong slash";
  EXPECT_EQ(clean("\xed\xa0\x80"), "���") << "a surrogate";
  EXPECT_EQ(clean("\xf4\x90\x80\x80"), "����") << "past U+10FFFF";
}

TEST(Clean, ReplacesControlsThatHideAboveAscii) {
  EXPECT_EQ(clean("\u009b31m"), "�31m") << "CSI in one character";
  EXPECT_EQ(clean("a\u202eb\u2066c\u2028d"), "a�b�c�d") << "the direction of writing, a line break";
}

TEST(Clean, TakesTheLineEndsOfWindowsAsLineEnds) {
  EXPECT_EQ(clean("one\r\ntwo\rthree"), "one\ntwo␍three");
}

TEST(Clean, JoinsLinesWhereThereMayBeOnlyOne) { EXPECT_EQ(clean("a\nb\tc", Lines::join), "a␊b c"); }

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("é✓"), 2);
  EXPECT_EQ(display_width("漢字"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1) << "a combining accent";
}

TEST(Pad, FillsUpToTheWidth) {
  EXPECT_EQ(pad("漢", 4), "漢  ");
  EXPECT_EQ(pad("too long", 3), "too long");
}

TEST(Clip, CutsAtTheColumnAndSaysSo) {
  EXPECT_EQ(clip("abcdef", 6), "abcdef");
  EXPECT_EQ(clip("abcdefg", 6), "abcde…");
  EXPECT_EQ(clip("漢字漢字", 6), "漢字…") << "half a character is not shown";
  EXPECT_EQ(clip("abc", 0), "");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_THAT(wrap("one two three four", 9), ElementsAre("one two", "three", "four"));
}

TEST(Wrap, KeepsLinesAndEmptyLines) {
  EXPECT_THAT(wrap("one\n\ntwo\n", 20), ElementsAre("one", "", "two"));
}

TEST(Wrap, KeepsTheSpacesOfATable) {
  EXPECT_THAT(wrap("a    b\n    c", 20), ElementsAre("a    b", "    c"));
}

TEST(Wrap, IndentsWhatItCarriesOver) {
  EXPECT_THAT(wrap("  - one two three", 10), ElementsAre("  - one", "    two", "    three"));
}

TEST(Wrap, BreaksAWordOnlyIfItFitsOnNoLine) {
  EXPECT_THAT(wrap("see abcdefghijklm", 6), ElementsAre("see", "abcdef", "ghijkl", "m"));
}

TEST(Wrap, CountsWideCharactersTwice) {
  EXPECT_THAT(wrap("漢字 漢字", 5), ElementsAre("漢字", "漢字"));
}

TEST(Wrap, NeverExceedsTheWidth) {
  const std::string text =
      "a 漢字漢字漢字漢字 \t b  ---------------------- cc\n      deeply indented words\n";
  for (int width = 2; width < 40; ++width) {
    EXPECT_THAT(wrap(text, width), Each(ResultOf(display_width, Le(width)))) << "at " << width;
  }
}

TEST(Wrap, EndsEvenWhereACharacterIsWiderThanTheLine) {
  EXPECT_THAT(wrap("漢漢", 1), ElementsAre("漢", "漢"));
}

TEST(ExpandTabs, GoesToTheNextTabStop) { EXPECT_EQ(expand_tabs("\ta\tbcd\te"), "    a   bcd e"); }

TEST(SplitLines, TakesANewlineAsAnEnd) {
  EXPECT_THAT(split_lines("a\nb\n"), ElementsAre("a", "b"));
  EXPECT_THAT(split_lines("a\n\n"), ElementsAre("a", ""));
  EXPECT_TRUE(split_lines("").empty());
}

}  // namespace
}  // namespace report
