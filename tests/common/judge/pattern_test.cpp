#include "common/judge/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace {

using judge::Pattern;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Pattern, MatchesAnywhereUnlessItIsAnchored) {
  EXPECT_TRUE(Pattern("Full").matches("ReadFull.TakesNothing"));
  EXPECT_FALSE(Pattern("^Full").matches("ReadFull.TakesNothing"));
  EXPECT_TRUE(Pattern("^ReadFull[.]TakesNothing$").matches("ReadFull.TakesNothing"));
  EXPECT_TRUE(Pattern("Journal|Read").matches("ReadFull.TakesNothing"));
}

TEST(Pattern, SaysWhatEachGroupMatched) {
  const Pattern place("^([^:]+):([0-9]+):( warning:)?");
  EXPECT_THAT(place.groups("a.cpp:12:"), ElementsAre("a.cpp:12:", "a.cpp", "12", ""));
  EXPECT_THAT(place.groups("12"), IsEmpty());
}

// What a student's program prints is matched, too.
TEST(Pattern, LooksBehindANulAndTakesBytesThatAreNoText) {
  using std::string_literals::operator""s;
  EXPECT_TRUE(Pattern("hidden").matches("\0hidden"s));
  EXPECT_THAT(Pattern("error: (.+)").groups("error: \xff\xfe!"),
              ElementsAre("error: \xff\xfe!", "\xff\xfe!"));
}

TEST(Pattern, IsRefusedIfItIsNone) {
  EXPECT_THAT([] { Pattern("("); }, testing::ThrowsMessage<std::invalid_argument>(HasSubstr("(")));
}

}  // namespace
