/// The same submission gets the same report: on the next run, with one worker or two, from another
/// directory, behind another kind of wall.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/proof/graded.h"
#include "tests/proof/material.h"
#include "tests/proof/program.h"
#include "tests/proof/scratch.h"

namespace {

namespace fs = std::filesystem;
using proof::Call;
using proof::Graded;
using proof::Lab;
using proof::Scratch;

const Lab lab_of_pipes{"01-pipe"};

/// A submission with something for everybody to say: hangs with several processes in them, a
/// compiler's warning, a crash, memory errors.
class SameReport : public testing::Test {
 protected:
  SameReport() {
    submission_.copy_files_of(lab_of_pipes.solution());
    for (const char* mutant : {"status-as-wait-gives-it", "reader-is-a-writer-too",
                               "both-write-first", "frame-writes-behind-its-payload"})
      apply(mutant);
    std::ofstream(submission_.path() / "stream.cpp", std::ios::app) << "static int unused;\n";
  }

  void apply(const std::string& name) {
    for (const auto& patch : lab_of_pipes.mutants()) {
      if (!patch.stem().string().ends_with(name)) continue;
      const proof::Ended patched =
          proof::run({.words = {"patch", "--strip=1", "--batch", "--directory",
                                submission_.path().string(), "--input", patch.string()}});
      ASSERT_EQ(patched.exit_status, 0) << patched.printed;
      return;
    }
    FAIL() << "there is no mutant " << name;
  }

  [[nodiscard]] std::string report(const Call& call = {}) const {
    const Graded graded = proof::grade(lab_of_pipes.name, submission_.path(), call);
    EXPECT_EQ(graded.exit_status, 0) << proof::shown(graded);
    EXPECT_LT(graded.score(), graded.max_score()) << "there was something to say";
    return graded.in_order();
  }

  Scratch submission_;
};

TEST_F(SameReport, ComesAgain) { EXPECT_EQ(report(), report()); }

TEST_F(SameReport, ComesFromOneWorkerAndFromFour) {
  Call one, four;
  one.jobs = 1;
  four.jobs = 4;
  EXPECT_EQ(report(one), report(four));
}

TEST_F(SameReport, ComesFromAnotherPlace) {
  const Scratch elsewhere;
  Call call;
  call.work = elsewhere.path();
  call.environment = {{"TMPDIR", elsewhere.path().string()},
                      {"LANG", "de_DE.UTF-8"},
                      {"LC_ALL", "tr_TR.UTF-8"},
                      {"TZ", "Asia/Tokyo"},
                      {"HOME", ""},
                      {"COLUMNS", "40"},
                      {"GCC_COLORS", "error=01;31"}};
  EXPECT_EQ(report(), report(call));
}

TEST_F(SameReport, ComesWithoutACache) {
  Call call;
  call.environment = {{"IPCLAB_NO_CACHE", "1"}};
  EXPECT_EQ(report(), report(call));
}

// What root may read in /proc an ordinary user may not, and other calls are refused. Where the
// tests themselves run as one, all of them ask this.
class OrdinaryUser : public SameReport, public testing::WithParamInterface<const char*> {};

TEST_P(OrdinaryUser, GetsTheReportThatRootGets) {
  const Scratch theirs;  // which they may read, wherever this clone is
  Call call;
  if (::geteuid() == 0) {
    fs::permissions(theirs.path(), fs::perms(0755));
    fs::permissions(submission_.path(), fs::perms(0755));
    fs::copy(call.kit, theirs.path() / "kit", fs::copy_options::recursive);
    call.kit = theirs.path() / "kit";
    call.through = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  }
  call.environment = {{"IPCLAB_ISOLATION", GetParam()}};
  const Graded graded = proof::grade(lab_of_pipes.name, submission_.path(), call);
  if (graded.error.find("does not grant") != std::string::npos) GTEST_SKIP() << graded.error;
  Call by_us;
  by_us.environment = call.environment;
  EXPECT_EQ(graded.in_order(), report(by_us)) << proof::shown(graded);
}

INSTANTIATE_TEST_SUITE_P(In, OrdinaryUser, testing::Values("bubblewrap", "landlock"),
                         [](const auto& each) { return std::string(each.param); });

TEST_F(SameReport, IsAnotherOneForAnotherSeed) {
  Call call;
  call.seed = 2;
  EXPECT_NE(report(), report(call)) << "the command that shows a failure again names the seed";
}

// A faculty's server and a student's laptop may grant different things. What they find is the same.
class Isolation : public testing::TestWithParam<const char*> {};

TEST_P(Isolation, ChangesNoPoint) {
  Call call;
  call.environment = {{"IPCLAB_ISOLATION", GetParam()}};
  const Graded solution = proof::grade(lab_of_pipes.name, lab_of_pipes.solution(), call);
  if (solution.exit_status == 3 && solution.error.find("does not grant") != std::string::npos) {
    GTEST_SKIP() << solution.error;
  }
  EXPECT_EQ(solution.isolation, GetParam());
  EXPECT_EQ(solution.score(), 100) << proof::shown(solution);
  const Graded skeleton = proof::grade(lab_of_pipes.name, lab_of_pipes.skeleton(), call);
  EXPECT_EQ(skeleton.score(), 0) << proof::shown(skeleton);
  for (const auto& [id, check] : skeleton.checks) EXPECT_EQ(check.status, "not-started") << id;
}

INSTANTIATE_TEST_SUITE_P(Kinds, Isolation, testing::Values("bubblewrap", "landlock", "none"),
                         [](const auto& each) { return std::string(each.param); });

// Where there is no second host, nobody is blamed for it, and what needs none is checked all the
// same.
class ASecondHost : public testing::TestWithParam<const char*> {};

TEST_P(ASecondHost, IsMissedAtNobodysCost) {
  const Lab lab{"03-sockets"};
  Call call;
  call.environment = {{"IPCLAB_ISOLATION", GetParam()}};
  call.check = "^(Host|Record)\\.";
  const Graded graded = proof::grade(lab.name, lab.solution(), call);
  if (graded.error.find("does not grant") != std::string::npos) GTEST_SKIP() << graded.error;
  EXPECT_EQ(graded.exit_status, 0) << proof::shown(graded);
  EXPECT_FALSE(graded.checks.empty());
  for (const auto& [id, check] : graded.checks) {
    EXPECT_EQ(check.status, id.starts_with("Host") ? "error" : "passed") << proof::shown(check);
    if (check.status != "error") continue;
    EXPECT_NE(check.message.find("a second host"), std::string::npos) << proof::shown(check);
  }
}

INSTANTIATE_TEST_SUITE_P(Without, ASecondHost, testing::Values("landlock", "none"),
                         [](const auto& each) { return std::string(each.param); });

// The two hosts of an ordinary user are in a user namespace; root's are not.
TEST(TwoHosts, AreThereForAnOrdinaryUser) {
  const Lab lab{"03-sockets"};
  const Scratch theirs;  // which they may read, wherever this clone is
  Call call;
  call.environment = {{"IPCLAB_ISOLATION", "bubblewrap"}};
  call.check = "^Host\\.";
  if (::geteuid() == 0) {
    fs::permissions(theirs.path(), fs::perms(0755));
    fs::copy(call.kit, theirs.path() / "kit", fs::copy_options::recursive);
    call.kit = theirs.path() / "kit";
    call.through = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  }
  const Scratch submission;
  fs::permissions(submission.path(), fs::perms(0755));
  submission.copy_files_of(lab.solution());
  const Graded graded = proof::grade(lab.name, submission.path(), call);
  if (graded.error.find("does not grant") != std::string::npos) GTEST_SKIP() << graded.error;
  EXPECT_FALSE(graded.checks.empty()) << proof::shown(graded);
  for (const auto& [id, check] : graded.checks) {
    EXPECT_EQ(check.status, "passed") << proof::shown(check);
  }
}

}  // namespace
