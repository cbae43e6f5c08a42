/// What people hand in besides right and wrong code: each gets a clear message and the right
/// status, and the parts that are in order keep their points.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/proof/graded.h"
#include "tests/proof/material.h"
#include "tests/proof/program.h"
#include "tests/proof/scratch.h"

namespace {

namespace fs = std::filesystem;
using judge::CheckResult;
using proof::Call;
using proof::Ended;
using proof::Graded;
using proof::Lab;
using proof::Scratch;
using proof::shown;
using testing::HasSubstr;

const Lab pipe_lab{"01-pipe"};

/// A check of stream.cpp and one of exchange.cpp: enough to see who is hit and who is not.
constexpr const char* two_checks = "^(WriteAll.DeliversEveryByte|Exchange.CarriesBothWays)$";
constexpr const char* of_stream = "WriteAll.DeliversEveryByte";
constexpr const char* of_exchange = "Exchange.CarriesBothWays";

/// The solution, with one file changed for the worse.
class BadInput : public testing::Test {
 protected:
  BadInput() { submission_.copy_files_of(pipe_lab.solution()); }

  Graded grade(const std::string& check = two_checks) const {
    Call call;
    call.check = check;
    Graded graded = proof::grade(pipe_lab.name, submission_.path(), call);
    EXPECT_EQ(graded.exit_status, 0) << shown(graded);
    EXPECT_TRUE(graded.finished) << shown(graded);
    return graded;
  }

  void expect_that_only_stream_is_blamed(const Graded& graded, const std::string& why) const {
    const CheckResult& blamed = graded.of(of_stream);
    EXPECT_EQ(blamed.finding, "compile-error") << shown(blamed);
    EXPECT_THAT(blamed.message, HasSubstr(why));
    EXPECT_EQ(graded.compiler.status, "failed");
    EXPECT_THAT(graded.compiler.diagnostics, HasSubstr("stream.cpp"));
    EXPECT_EQ(graded.of(of_exchange).status, "passed") << shown(graded.of(of_exchange));
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return (submission_.path() / name).string();
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::app) << text;
  }

  Scratch submission_;
};

TEST_F(BadInput, MissingFileCostsItsOwnPartAlone) {
  fs::remove(file("stream.cpp"));
  expect_that_only_stream_is_blamed(grade(), "stream.cpp does not exist");
}

TEST_F(BadInput, DirectoryForAFileIsNamed) {
  fs::remove(file("stream.cpp"));
  fs::create_directory(file("stream.cpp"));
  expect_that_only_stream_is_blamed(grade(), "stream.cpp is a directory");
}

TEST_F(BadInput, FifoForAFileIsNamedAndNotWaitedFor) {
  fs::remove(file("stream.cpp"));
  ASSERT_EQ(::mkfifo(file("stream.cpp").c_str(), 0600), 0);
  expect_that_only_stream_is_blamed(grade(), "stream.cpp is a FIFO");
}

TEST_F(BadInput, LinkForAFileIsNamedAndNotFollowed) {
  fs::remove(file("stream.cpp"));
  fs::create_symlink(pipe_lab.solution() / "stream.cpp", file("stream.cpp"));
  expect_that_only_stream_is_blamed(grade(), "stream.cpp is a symbolic link");
}

// Nothing is wrong with an empty file: there is only nothing in it yet.
TEST_F(BadInput, EmptyFileIsNotStarted) {
  submission_.write("stream.cpp", "");
  const Graded graded = grade();
  EXPECT_EQ(graded.of(of_stream).status, "not-started") << shown(graded);
  EXPECT_THAT(graded.of(of_stream).message, HasSubstr("write_all"));
  EXPECT_EQ(graded.of(of_exchange).status, "passed") << shown(graded);
}

TEST_F(BadInput, SyntaxErrorIsShownWithItsLine) {
  submission_.write("stream.cpp", "#include \"stream.h\"\n\nvoid lab::write_all(int fd,\n");
  const Graded graded = grade();
  expect_that_only_stream_is_blamed(graded, "stream.cpp does not compile");
  ASSERT_FALSE(graded.of(of_stream).where.empty()) << shown(graded);
  EXPECT_EQ(graded.of(of_stream).where[0].file, "stream.cpp");
  EXPECT_EQ(graded.of(of_stream).where[0].line, 3);
}

TEST_F(BadInput, HundredMegabytesOfDiagnosticsAreCut) {
  // Each of 2^20 instances warns with a chain of instantiations behind it.
  submission_.write("stream.cpp", R"(#include "stream.h"
template <int N, int M> struct Bomb {
  [[deprecated("a long word: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]] static int f();
  static int g() { return f() + Bomb<N - 1, M * 2>::g() + Bomb<N - 1, M * 2 + 1>::g(); }
};
template <int M> struct Bomb<0, M> { static int g() { return 0; } };
int start = Bomb<16, 0>::g();
)");
  const Graded graded = grade();
  expect_that_only_stream_is_blamed(graded, "stream.cpp makes the compiler");
  EXPECT_LT(graded.compiler.diagnostics.size(), 20'000U);
}

TEST_F(BadInput, OwnMainIsHarmless) {
  append("stream.cpp", "\nint main() { return 0; }\n");
  const Graded graded = grade();
  EXPECT_EQ(graded.of(of_stream).status, "passed") << shown(graded);
  EXPECT_EQ(graded.of(of_exchange).status, "passed") << shown(graded);
}

TEST_F(BadInput, NameDefinedTwiceIsSaidWithBothFiles) {
  append("stream.cpp", "\nint counter = 1;\n");
  append("exchange.cpp", "\nint counter = 2;\n");
  const Graded graded = grade();
  EXPECT_EQ(graded.of(of_stream).finding, "compile-error") << shown(graded);
  EXPECT_THAT(graded.of(of_stream).message, HasSubstr("counter"));
  EXPECT_THAT(graded.of(of_stream).message, HasSubstr("stream.cpp"));
  EXPECT_THAT(graded.of(of_stream).message, HasSubstr("exchange.cpp"));
  EXPECT_EQ(graded.compiler.status, "failed");
}

// Half a line of the student's, in any encoding, must not break the report.
TEST_F(BadInput, BytesThatAreNoTextAreShownAsText) {
  submission_.write("stream.cpp", std::string("#include \"stream.h\"\n\xff\xfe \0 int", 28));
  expect_that_only_stream_is_blamed(grade(), "stream.cpp does not compile");
}

TEST_F(BadInput, NamesThatClashWithThePreludeAreNoMistake) {
  // Each of these is declared in a header that the grader includes and this file does not.
  submission_.write("names.cpp", R"(
namespace { int pipe = 1, mmap = 2, kill = 3; struct poll { int mine; }; }
int sum_of_names() { return pipe + mmap + kill; }
)");
  const Graded graded = grade();
  EXPECT_EQ(graded.of(of_stream).status, "passed") << shown(graded);
  EXPECT_EQ(graded.of(of_exchange).status, "passed") << shown(graded);
}

TEST_F(BadInput, FileNamesWithSpacesWorkAndThoseWithNewlinesAreNamed) {
  fs::rename(file("stream.cpp"), file("my stream.cpp"));
  submission_.write("two\nlines.cpp", "int two_lines;\n");
  const Graded graded = grade();
  EXPECT_EQ(graded.of(of_stream).status, "passed") << shown(graded);
  EXPECT_THAT(graded.compiler.diagnostics, HasSubstr("a name with characters"));
}

TEST_F(BadInput, DirectoryNameWithSpacesQuotesAndNewlinesWorks) {
  const Scratch outer;
  const fs::path odd = outer.path() / "a student's \"lab\"\n$(touch x) 01";
  fs::create_directory(odd);
  for (const auto& entry : fs::directory_iterator(submission_.path())) {
    fs::copy_file(entry.path(), odd / entry.path().filename());
  }
  Call call;
  call.check = two_checks;
  const Graded graded = proof::grade(pipe_lab.name, odd, call);
  EXPECT_EQ(graded.score(), graded.max_score()) << shown(graded);
  EXPECT_GT(graded.max_score(), 0);
}

TEST_F(BadInput, ReadOnlySubmissionIsGradedAndLeftAsItIs) {
  for (const auto& entry : fs::directory_iterator(submission_.path())) {
    fs::permissions(entry.path(), fs::perms::owner_read);
  }
  fs::permissions(submission_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  // Root may write all the same, unless the disk itself is read-only.
  const bool root = ::geteuid() == 0;
  const std::string path = submission_.path().string();
  const bool mounted =
      root && ::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
      ::mount(nullptr, path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  const Graded graded = grade();
  if (mounted) ::umount2(path.c_str(), MNT_DETACH);
  fs::permissions(submission_.path(), fs::perms::owner_all);
  EXPECT_EQ(graded.score(), graded.max_score()) << shown(graded);
}

/// The whole command, as a person calls it.
class Command : public BadInput {
 protected:
  Ended ipclab(const std::vector<std::string>& arguments, const fs::path& kit = IPCLAB_KIT_DIR,
               const std::vector<std::pair<int, unsigned long>>& limits = {},
               const std::vector<std::pair<std::string, std::string>>& environment = {}) const {
    proof::Command command;
    command.words = {(kit / "bin" / "ipclab").string()};
    command.words.insert(command.words.end(), arguments.begin(), arguments.end());
    command.limits = limits;
    command.environment = environment;
    return proof::run(command);
  }
  std::vector<std::string> grade_into(const std::string& json) const {
    return {"grade",   "01",       "--from", submission_.path().string(),
            "--check", two_checks, "--json", json};
  }
  [[nodiscard]] static bool is_whole(const fs::path& json) {
    std::ifstream stream(json);
    return nlohmann::json::parse(stream, nullptr, false).is_object();
  }

  Scratch place_;
};

TEST_F(Command, SaysThatThereIsNothingOfTheLab) {
  const Scratch empty;
  const Ended ended = ipclab({"grade", "01", "--from", empty.path().string()});
  EXPECT_EQ(ended.exit_status, 2) << ended.printed;
  EXPECT_THAT(ended.printed, HasSubstr("stream.cpp"));
}

TEST_F(Command, SaysThatThereIsNoDirectory) {
  const Ended ended = ipclab({"grade", "01", "--from", "/nowhere/at/all"});
  EXPECT_EQ(ended.exit_status, 2) << ended.printed;
  EXPECT_THAT(ended.printed, HasSubstr("/nowhere/at/all"));
}

TEST_F(Command, LosesPointsForAFileThatDoesNotCompile) {
  submission_.write("stream.cpp", "#include \"stream.h\"\nbroken\n");
  const fs::path json = place_.path() / "result.json";
  const Ended ended = ipclab(grade_into(json.string()));
  EXPECT_EQ(ended.exit_status, 1) << ended.printed;
  EXPECT_TRUE(is_whole(json));
}

// No room for objects is no room for a cache, and nothing worse.
TEST_F(Command, WorksWithoutWriteAccessToTheBuildDirectory) {
  // A kit of its own, so that nobody else's cache is touched; its parent is where the cache would
  // be.
  const fs::path build = place_.path() / "build";
  fs::create_directory(build);
  fs::copy(IPCLAB_KIT_DIR, build / "kit", fs::copy_options::recursive);
  submission_.write("extra.cpp", "int never_cached_before = 1;\n");
  std::ofstream(build / "cache") << "a file where the cache's directory would be";
  const Ended ended = ipclab(grade_into((place_.path() / "r.json").string()), build / "kit");
  EXPECT_EQ(ended.exit_status, 0) << ended.printed;
  EXPECT_TRUE(is_whole(place_.path() / "r.json"));
  EXPECT_TRUE(fs::is_regular_file(build / "cache"));
}

// A full disk takes some bytes and then none. RLIMIT_FSIZE does the same to each file, for root too
// (with SIGXFSZ ignored, write(2) fails with EFBIG); the real thing below needs root.
TEST_F(Command, LeavesNoHalfWrittenResultWhereFilesCannotGrow) {
  submission_.write("extra.cpp", "int never_cached_here = 1;\n");
  const fs::path json = place_.path() / "result.json";
  place_.write("result.json", "{\"an older\": \"result\"}");
  const Ended ended = ipclab(grade_into(json.string()), IPCLAB_KIT_DIR, {{RLIMIT_FSIZE, 100}});
  EXPECT_EQ(ended.exit_status, 3) << ended.printed;
  EXPECT_TRUE(is_whole(json)) << "the older result is gone";
  EXPECT_EQ(std::distance(fs::directory_iterator(place_.path()), {}), 1) << "something is left";
}

TEST_F(Command, SurvivesAFullDisk) {
  const fs::path disk = place_.path() / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "only root can make a small disk; RLIMIT_FSIZE has stood in for it above";
  }
  std::ofstream(disk / "filler") << std::string(1 << 20, 'x');
  const Ended ended = ipclab(grade_into((disk / "result.json").string()), IPCLAB_KIT_DIR, {},
                             {{"TMPDIR", disk.string()}});
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(disk)) left.push_back(entry.path().filename());
  ::umount2(disk.c_str(), MNT_DETACH);
  EXPECT_THAT(ended.exit_status, testing::AnyOf(2, 3)) << ended.printed;
  EXPECT_THAT(ended.printed, HasSubstr("ENOSPC"));
  EXPECT_THAT(left, testing::ElementsAre("filler"));
}

TEST_F(Command, DoesNotLoseAResultWhenNobodyReads) {
  const std::string pipeline = R"("$0" grade 01 --from "$1" --check "$2" --json "$3" | true)";
  const std::string ipclab = IPCLAB_KIT_DIR "/bin/ipclab";
  const Ended ended =
      proof::run({.words = {"/bin/sh", "-c", pipeline, ipclab, submission_.path().string(),
                            two_checks, (place_.path() / "r.json").string()}});
  EXPECT_EQ(ended.exit_status, 0);
  EXPECT_TRUE(is_whole(place_.path() / "r.json")) << ended.printed;
}

}  // namespace
