#include "common/judge/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/common/judge/toy/toy_subject.h"
#include "tests/proof/scratch.h"

namespace {

using judge::Build;
using judge::Image;
using judge::Submission;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

constexpr const char* right = R"(#include "toy.h"
std::string lab::act(std::string_view, int, int) { return "hello"; }
)";

Image build(const Submission& submission,
            const std::optional<std::filesystem::path>& cache = std::nullopt) {
  return judge::build(toy::kit(), toy::lab(), submission, Build::plain, 2, cache);
}

Submission only(const std::string& source) {
  Submission submission;
  submission.sources["toy.cpp"] = source;
  return submission;
}

TEST(Build, MakesALibraryOfWhatCompiles) {
  const Image image = build(only(right));
  EXPECT_TRUE(static_cast<bool>(image.library));
  EXPECT_EQ(image.report.status, "ok");
  EXPECT_EQ(image.report.diagnostics, "");
  EXPECT_THAT(image.missing, IsEmpty());
}

TEST(Build, ShowsAWarningAndTakesTheFile) {
  const Image image = build(only(std::string(right) + "static int unused;\n"));
  EXPECT_EQ(image.report.status, "warnings");
  EXPECT_THAT(image.report.diagnostics, HasSubstr("toy.cpp:3:12: warning: "));
  EXPECT_TRUE(static_cast<bool>(image.library));
}

TEST(Build, StandsInForAFileThatDoesNotCompile) {
  const Image image = build(only("#include \"toy.h\"\nint broken = ;\n"));
  EXPECT_EQ(image.report.status, "failed");
  EXPECT_THAT(image.missing, ElementsAre(Pair("toy.cpp", "does not compile")));
  ASSERT_EQ(image.errors.size(), 1U);
  EXPECT_EQ(image.errors[0].file, "toy.cpp");
  EXPECT_EQ(image.errors[0].line, 2);
  EXPECT_THAT(image.errors[0].text, HasSubstr("expected primary-expression"));
  EXPECT_TRUE(static_cast<bool>(image.library)) << "the other parts can still be graded";
}

// The prelude brings in headers that the student did not ask for. What clashes with them alone is
// right: `poll`, `wait` and the like are good names for a function of one's own.
TEST(Build, DoesNotBlameARightFileForAClashWithThePrelude) {
  const Image image = build(only(R"(#include <string>
#include <string_view>
namespace lab { std::string act(std::string_view scene, int in, int out); }
static int wait(double) { return 1; }
struct poll { int mine; };
int pipe = 1;
enum { SIGKILL = 4, O_RDONLY = 5 };
std::string lab::act(std::string_view, int, int) {
  return std::to_string(wait(1.0) + pipe + SIGKILL + O_RDONLY);
}
)"));
  EXPECT_THAT(image.missing, IsEmpty()) << image.report.diagnostics;
  EXPECT_NE(image.report.status, "failed");
}

TEST(Build, SaysWhichFileIsMissing) {
  Submission submission;
  submission.problems["toy.cpp"] = "is a FIFO";
  const Image image = build(submission);
  EXPECT_EQ(image.report.status, "failed");
  EXPECT_THAT(image.report.diagnostics, HasSubstr("toy.cpp: is a FIFO"));
  EXPECT_THAT(image.missing, ElementsAre(Key("toy.cpp")));
}

TEST(Build, TakesOurInterfaceAndNotTheStudents) {
  Submission submission = only(right);
  submission.headers["mine.h"] = "#define MINE 1\n";
  submission.sources["toy.cpp"] += "#include \"mine.h\"\nstatic_assert(MINE == 1);\n";
  EXPECT_THAT(build(submission).missing, IsEmpty());
}

TEST(Build, SaysWhatIsDefinedTwice) {
  Submission submission = only(right);
  submission.sources["again.cpp"] = right;
  const Image image = build(submission);
  EXPECT_FALSE(static_cast<bool>(image.library));
  EXPECT_THAT(image.link_error, HasSubstr("lab::act"));
  EXPECT_THAT(image.link_error, HasSubstr("again.cpp"));
  EXPECT_EQ(image.report.status, "failed");
}

TEST(Build, TakesANameWithASpace) {
  Submission submission = only(right);
  submission.sources["my code.cpp"] = "int my_code() { return 1; }\n";
  EXPECT_TRUE(static_cast<bool>(build(submission).library));
}

TEST(Build, BoundsWhatTheCompilerSays) {
  std::string source = "#include \"toy.h\"\n";
  for (int i = 0; i < 3000; ++i) {
    source += "static int unused_variable_number_" + std::to_string(i) + ";\n";
  }
  const Image image = build(only(source + right));
  EXPECT_LT(image.report.diagnostics.size(), 20'000U);
  EXPECT_THAT(image.report.diagnostics, HasSubstr("more bytes left out"));
}

TEST(Build, LetsASourceReadNoFileOfTheMachine) {
  const proof::Scratch outside;
  outside.write("secret", "\"the solution\"");
  const std::string path = (outside.path() / "secret").string();
  const Image image = build(only("#include \"" + path + "\"\n"));
  EXPECT_THAT(image.report.diagnostics, HasSubstr("No such file"));
  EXPECT_THAT(image.report.diagnostics, Not(HasSubstr("the solution")));
}

class Cache : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::filesystem::path> objects() const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().extension() == ".o") found.push_back(entry.path());
    }
    return found;
  }
  proof::Scratch directory_;
};

TEST_F(Cache, GivesBackTheSameObjectAndTheSameWarnings) {
  const Submission submission = only(std::string(right) + "static int unused;\n");
  const Image first = build(submission, directory_.path());
  ASSERT_EQ(objects().size(), 1U);
  const auto written = std::filesystem::last_write_time(objects()[0]);
  const Image second = build(submission, directory_.path());
  EXPECT_EQ(std::filesystem::last_write_time(objects()[0]), written) << "it compiled again";
  EXPECT_EQ(first.report.diagnostics, second.report.diagnostics);
  EXPECT_TRUE(static_cast<bool>(second.library));
}

TEST_F(Cache, TellsSourcesNamesAndHeadersApart) {
  Submission submission = only(right);
  (void)build(submission, directory_.path());
  submission.sources["toy.cpp"] += "\n";
  (void)build(submission, directory_.path());
  EXPECT_EQ(objects().size(), 2U) << "another content";
  submission.headers["mine.h"] = "#define MINE 1\n";
  (void)build(submission, directory_.path());
  EXPECT_EQ(objects().size(), 3U) << "another header";
}

// Who pulls a newer version of the labs has the objects of the older one in his cache.
TEST_F(Cache, TellsInterfacesApart) {
  const proof::Scratch elsewhere;
  const auto root = elsewhere.path() / "kit";
  std::filesystem::copy(IPCLAB_TEST_KIT_DIR, root, std::filesystem::copy_options::recursive);
  const auto objects_after = [&](const std::filesystem::path& header) {
    if (!header.empty()) std::ofstream(root / header, std::ios::app) << "// newer\n";
    const judge::Kit kit(root);
    (void)judge::build(kit, kit.labs().at(0), only(right), Build::plain, 2, directory_.path());
    return objects().size();
  };
  EXPECT_EQ(objects_after({}), 1U);
  EXPECT_EQ(objects_after("90-toy/include/toy.h"), 2U) << "the lab's interface";
  EXPECT_EQ(objects_after("include/common/ipc/unique_fd.h"), 3U) << "what all labs are given";
}

TEST_F(Cache, IsNotMissedWhereItCannotBeWritten) {
  directory_.write("file", "");
  const Image image = build(only(right), directory_.path() / "file" / "cache");
  EXPECT_TRUE(static_cast<bool>(image.library));
}

// A file that is cut off, by a full disk or by somebody's hand, must not be half an answer for
// ever.
TEST_F(Cache, DoesNotTrustADamagedObject) {
  const Submission submission = only(right);
  (void)build(submission, directory_.path());
  ASSERT_EQ(objects().size(), 1U);
  std::filesystem::resize_file(objects()[0], std::filesystem::file_size(objects()[0]) / 2);
  const Image image = build(submission, directory_.path());
  EXPECT_TRUE(static_cast<bool>(image.library)) << image.link_error;
}

}  // namespace
