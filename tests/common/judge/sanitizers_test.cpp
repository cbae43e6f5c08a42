/// What AddressSanitizer and UndefinedBehaviorSanitizer print, in our words: recorded reports, and
/// two that are made here and now.

#include "common/judge/sanitizers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::RunResult;
using judge::SanitizerFinding;
using testing::HasSubstr;

std::optional<SanitizerFinding> finding_in(const std::string& output) {
  judge::Symbolizer nothing(-1);
  return judge::sanitizer_finding(output, nothing);
}

std::string message_of(const std::string& first_line, const std::string& second_line = "") {
  const auto finding = finding_in(
      "=================================================================\n"
      "==7==ERROR: AddressSanitizer: " +
      first_line + "\n" + second_line + "\n    #0 0x7f in f toy.cpp:1\n");
  return finding ? finding->message : "(none)";
}

TEST(Sanitizers, FindNothingInOrdinaryOutput) {
  EXPECT_FALSE(finding_in("").has_value());
  EXPECT_FALSE(finding_in("ERROR: I am the student's own message\n").has_value());
}

TEST(Sanitizers, SayWhatWasTouchedAndHow) {
  EXPECT_EQ(message_of("heap-buffer-overflow on address 0x602000000014 at pc 0x7f bp 0x7f sp 0x7f",
                       "READ of size 4 at 0x602000000014 thread T0"),
            "Reads 4 bytes past the end (or before the start) of memory from the heap.");
  EXPECT_EQ(message_of("stack-buffer-overflow on address 0x7ffd at pc 0x7f bp 0x7f sp 0x7f",
                       "WRITE of size 1 at 0x7ffd thread T0"),
            "Writes 1 bytes past the end (or before the start) of a local variable.");
  EXPECT_EQ(message_of("heap-use-after-free on address 0x602000000010 at pc 0x7f",
                       "WRITE of size 8 at 0x602000000010 thread T0"),
            "Writes 8 bytes memory that has been freed already.");
  EXPECT_EQ(message_of("global-buffer-overflow on address 0x7f at pc 0x7f",
                       "READ of size 16 at 0x7f thread T0"),
            "Reads 16 bytes past the end (or before the start) of a global variable.");
}

TEST(Sanitizers, KnowOtherMistakesWithMemory) {
  EXPECT_EQ(message_of("attempting double-free on 0x602000000010 in thread T0:"),
            "Frees the same memory twice.");
  EXPECT_EQ(message_of("attempting free on address which was not malloc()-ed: 0x7f in thread T0"),
            "Frees memory that was not allocated.");
  EXPECT_THAT(message_of("alloc-dealloc-mismatch (operator new [] vs operator delete) on 0x7f"),
              HasSubstr("in another way than it was allocated"));
  EXPECT_THAT(message_of("SEGV on unknown address 0x000000000000 (pc 0x7f bp 0x7f sp 0x7f T0)"),
              HasSubstr("not mapped"));
  EXPECT_THAT(message_of("stack-overflow on address 0x7ffc (pc 0x7f bp 0x7f sp 0x7f T0)"),
              HasSubstr("out of stack"));
  EXPECT_EQ(message_of("requested allocation size 0xffffffff exceeds maximum supported size"),
            "Asks for more memory than there can be.");
  EXPECT_EQ(message_of("new-kind-of-error on address 0x7f"),
            "AddressSanitizer stopped it: new-kind-of-error.");
}

TEST(Sanitizers, TakeTheLineOfUndefinedBehaviourFromItsReport) {
  const auto finding = finding_in(
      "some output\n./toy.cpp:12:17: runtime error: signed integer overflow: 2147483647 + 1 cannot "
      "be represented in type 'int'\n");
  ASSERT_TRUE(finding.has_value());
  EXPECT_THAT(finding->message, HasSubstr("Undefined behaviour: signed integer overflow"));
  ASSERT_EQ(finding->where.size(), 1U);
  EXPECT_EQ(finding->where[0].file, "toy.cpp");
  EXPECT_EQ(finding->where[0].line, 12);
}

// The output is the student's: numbers that are none, and reports without an end.
TEST(Sanitizers, CopeWithAReportThatSomebodyElseWrote) {
  EXPECT_NO_THROW(finding_in("x.cpp:99999999999999999999:1: runtime error: mine\n"));
  EXPECT_NO_THROW(
      finding_in("==1==ERROR: AddressSanitizer: heap-buffer-overflow\n"
                 "    #0 0x1 (/memfd:ipclab (deleted)+0xffffffffffffffffffffff)\n"));
  EXPECT_NO_THROW(finding_in("ERROR: AddressSanitizer: "));
  EXPECT_NO_THROW(
      finding_in("==1==ERROR: AddressSanitizer: x\n    #0 " + std::string(500'000, 'a')));
}

TEST(Sanitizers, PointAtTheLineThatReadTooFar) {
  constexpr std::string_view student = R"(
char last_of(const std::vector<char>& letters) {
  return letters.data()[letters.size()];
}
std::string lab::act(std::string_view, int, int) {
  return {last_of({'a', 'b', 'c'})};
}
)";
  toy::Subject subject(student, judge::Build::sanitized);
  const RunResult run = subject.run(judge::Scenario()
                                        .with(judge::Cast(soloist).give("scene", "any"))
                                        .on(judge::Build::sanitized));
  judge::Symbolizer symbolizer(subject.image_of_it().library.get());
  const auto finding = judge::sanitizer_finding(run.only().output, symbolizer);
  ASSERT_TRUE(finding.has_value()) << run.only().output;
  EXPECT_EQ(finding->message,
            "Reads 1 bytes past the end (or before the start) of memory from the heap.");
  ASSERT_FALSE(finding->where.empty()) << run.only().output;
  EXPECT_EQ(finding->where[0].file, "toy.cpp");
  EXPECT_EQ(finding->where[0].line, 3);
}

}  // namespace
