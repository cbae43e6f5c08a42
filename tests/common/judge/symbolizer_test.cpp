#include "common/judge/symbolizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/judge/demangle.h"
#include "common/judge/memory_file.h"
#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::Place;
using judge::RunResult;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view crashing_student = R"(
void inner(int depth) {
  if (depth == 0) abort();
  inner(depth - 1);
}
std::string lab::act(std::string_view scene, int, int) {
  if (scene == "deep") inner(1);
  std::vector<int> none;
  if (scene == "in a header") return std::to_string(none.at(1));
  return {};
}
)";

TEST(Symbolizer, WalksFromTheInnermostCallOutward) {
  toy::Subject subject(crashing_student);
  const RunResult run = subject.play("deep");
  // Nothing of libc above, nothing of the role below.
  EXPECT_THAT(run.only().crash,
              ElementsAre(Place{"toy.cpp", 3, "inner"}, Place{"toy.cpp", 4, "inner"},
                          Place{"toy.cpp", 7, "lab::act"}));
}

TEST(Symbolizer, SaysNothingOfAddressesOutsideTheSubmission) {
  const judge::Image image = toy::image(crashing_student);
  judge::Symbolizer symbolizer(image.library.get());
  EXPECT_THAT(symbolizer.places(0, {}), IsEmpty());
  EXPECT_THAT(symbolizer.places(0x7f0000000000, {1, 2, 0x7fffffffffff}), IsEmpty());
}

// A submission's library is the student's work: it may be anything.
TEST(Symbolizer, CopesWithWhatIsNoLibrary) {
  const ipc::UniqueFd nonsense =
      judge::memory_file(judge::as_bytes("\x7f"
                                         "ELF is not enough"));
  judge::Symbolizer symbolizer(nonsense.get());
  EXPECT_THAT(symbolizer.places(0, {0x1000}), IsEmpty());
  judge::Symbolizer without(-1);
  EXPECT_THAT(without.places(0, {0x1000}), IsEmpty());
}

TEST(Demangled, IsWhatAPersonWouldWrite) {
  EXPECT_EQ(judge::demangled("_ZN3lab9write_allEiSt4spanIKSt4byteLm18446744073709551615EE"),
            "lab::write_all");
  EXPECT_EQ(judge::demangled("main"), "main");
  EXPECT_EQ(judge::demangled("_Znonsense"), "_Znonsense");
}

}  // namespace
