#include "common/judge/submission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/ipc/unique_fd.h"
#include "tests/proof/scratch.h"

namespace {

using judge::Lab;
using judge::read_submission;
using judge::Submission;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

class ReadSubmission : public testing::Test {
 protected:
  [[nodiscard]] Submission read() const { return read_submission(directory_.path(), lab_, given_); }
  [[nodiscard]] std::string problem_of(const std::string& name) const {
    const Submission submission = read();
    const auto at = submission.problems.find(name);
    return at == submission.problems.end() ? "(none)" : at->second;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (directory_.path() / name).string();
  }

  proof::Scratch directory_;
  Lab lab_{"90-toy", "Toy", {"toy.cpp"}, {}, {}, {}};
  std::vector<std::string> given_{"toy.h"};
};

TEST_F(ReadSubmission, TakesSourcesAndHeadersOfTheStudents) {
  directory_.write("toy.cpp", "int a;");
  directory_.write("more.cc", "int b;");
  directory_.write("mine.h", "int c;");
  const Submission submission = read();
  EXPECT_THAT(submission.sources,
              ElementsAre(Pair("more.cc", "int b;"), Pair("toy.cpp", "int a;")));
  EXPECT_THAT(submission.headers, ElementsAre(Pair("mine.h", "int c;")));
  EXPECT_THAT(submission.problems, IsEmpty());
}

// A schedule, say: no compiler sees it.
TEST_F(ReadSubmission, TakesFilesOfOtherKindsThatTheLabNames) {
  lab_.files.emplace_back("toy.schedule");
  for (const char* name : {"toy.cpp", "toy.schedule", "other.schedule"}) {
    directory_.write(name, "text");
  }
  const Submission submission = read();
  EXPECT_THAT(submission.texts, ElementsAre(Pair("toy.schedule", "text")));
  EXPECT_THAT(submission.sources, ElementsAre(Key("toy.cpp")));
  EXPECT_THAT(submission.problems, IsEmpty());
}

TEST_F(ReadSubmission, LeavesOutTheDemoTheInterfaceAndWhatIsNoSource) {
  for (const char* name : {"toy.cpp", "demo.cpp", "toy.h", "README.md", "toy.cpp~", "a.o"}) {
    directory_.write(name, "text");
  }
  const Submission submission = read();
  EXPECT_THAT(submission.sources, ElementsAre(Key("toy.cpp")));
  EXPECT_THAT(submission.headers, IsEmpty());
}

TEST_F(ReadSubmission, SaysWhichFileDoesNotExist) {
  lab_.files = {"toy.cpp", "second.cpp"};
  directory_.write("second.cpp", "");
  EXPECT_EQ(problem_of("toy.cpp"), "does not exist");
}

TEST_F(ReadSubmission, MissesNoFileWhoseContentMayStandInAnother) {
  directory_.write("everything.cpp", "");
  EXPECT_THAT(read().problems, IsEmpty());
}

TEST_F(ReadSubmission, TakesAnEmptyFile) {
  directory_.write("toy.cpp", "");
  EXPECT_THAT(read().sources, ElementsAre(Pair("toy.cpp", "")));
}

// open(2) of a FIFO that nobody writes would wait for ever.
TEST_F(ReadSubmission, DoesNotWaitForAFifo) {
  ASSERT_EQ(::mkfifo(path("toy.cpp").c_str(), 0600), 0);
  EXPECT_EQ(problem_of("toy.cpp"), "is a FIFO");
}

TEST_F(ReadSubmission, DoesNotFollowALink) {
  ASSERT_EQ(::symlink("/etc/passwd", path("toy.cpp").c_str()), 0);
  EXPECT_THAT(problem_of("toy.cpp"), HasSubstr("is a symbolic link"));
}

TEST_F(ReadSubmission, TakesNoDirectoryForAFile) {
  std::filesystem::create_directory(path("toy.cpp"));
  EXPECT_EQ(problem_of("toy.cpp"), "is a directory");
}

TEST_F(ReadSubmission, TakesNoSocketForAFile) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("toy.cpp").copy(address.sun_path, sizeof address.sun_path - 1);
  const ipc::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(problem_of("toy.cpp"), "is a socket");
}

TEST_F(ReadSubmission, TakesAMebibyteAndNotAByteMore) {
  directory_.write("toy.cpp", std::string(1 << 20, '\n'));
  EXPECT_EQ(problem_of("toy.cpp"), "(none)");
  directory_.write("toy.cpp", std::string((1 << 20) + 1, '\n'));
  EXPECT_EQ(problem_of("toy.cpp"), "is larger than 1 MiB");
}

TEST_F(ReadSubmission, TakesSpacesInNamesAndNoNewlines) {
  directory_.write("toy.cpp", "");
  directory_.write("my code.cpp", "");
  directory_.write("two\nlines.cpp", "");
  directory_.write("-o.cpp", "");
  directory_.write("$(touch x).cpp", "");
  const Submission submission = read();
  EXPECT_THAT(submission.sources, ElementsAre(Key("my code.cpp"), Key("toy.cpp")));
  for (const char* name : {"two\nlines.cpp", "-o.cpp", "$(touch x).cpp"}) {
    EXPECT_THAT(problem_of(name), HasSubstr("a name with characters")) << name;
  }
}

TEST_F(ReadSubmission, TakesAtMost64Files) {
  directory_.write("toy.cpp", "");
  for (int i = 0; i < 70; ++i) directory_.write("a" + std::to_string(i) + ".cpp", "");
  const Submission submission = read();
  EXPECT_EQ(submission.sources.size(), 64U);
  EXPECT_EQ(submission.problems.size(), 7U);
}

TEST_F(ReadSubmission, RefusesADirectoryThatHoldsNothingOfTheLab) {
  directory_.write("README.md", "");
  try {
    (void)read();
    FAIL() << "it read a submission where there is none";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("Is this the right directory?"));
  }
}

TEST_F(ReadSubmission, SaysThatADirectoryIsNotThere) {
  EXPECT_THROW(read_submission(directory_.path() / "nowhere", lab_, given_), std::runtime_error);
}

}  // namespace
