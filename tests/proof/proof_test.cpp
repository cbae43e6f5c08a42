/// The proof that the checks of each lab are right: the solution passes them all, the skeleton
/// none, each mutant is caught by the check that it names, and each alternate passes.
///
/// There is a test for each mutant and each alternate, made from the directories when the program
/// starts: whoever adds a file has added a test.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "tests/proof/graded.h"
#include "tests/proof/material.h"
#include "tests/proof/program.h"
#include "tests/proof/scratch.h"

namespace proof {

namespace {

namespace fs = std::filesystem;

// Every test here calls a judge. What a judge says is the best explanation there is.
void expect_full_marks(const Graded& graded) {
  EXPECT_EQ(graded.exit_status, 0) << shown(graded);
  EXPECT_TRUE(graded.finished) << shown(graded);
  EXPECT_EQ(graded.checks.size(), graded.announced.size()) << "a check has no result";
  EXPECT_EQ(graded.score(), graded.max_score()) << shown(graded);
  for (const auto& [id, result] : graded.checks) EXPECT_EQ(result.status, "passed") << id;
}

void solution_gets_full_marks(const Lab& lab) {
  const Graded graded = grade(lab.name, lab.solution());
  expect_full_marks(graded);
  EXPECT_EQ(graded.max_score(), 100) << "a lab gives 100 points";
  EXPECT_EQ(graded.compiler.status, "ok")
      << "a warning in a solution: " << graded.compiler.diagnostics;
}

void skeleton_is_not_started(const Lab& lab) {
  const Graded graded = grade(lab.name, lab.skeleton());
  EXPECT_EQ(graded.exit_status, 0) << shown(graded);
  EXPECT_TRUE(graded.finished) << shown(graded);
  EXPECT_EQ(graded.checks.size(), graded.announced.size()) << "a check has no result";
  EXPECT_EQ(graded.score(), 0);
  for (const auto& [id, result] : graded.checks) {
    EXPECT_EQ(result.status, "not-started") << shown(result);
    EXPECT_EQ(result.finding, "not-started") << shown(result);
    // The function's name, and where its body will stand.
    EXPECT_FALSE(result.where.empty()) << shown(result);
  }
  EXPECT_EQ(graded.compiler.status, "ok")
      << "a skeleton that warns scares people: " << graded.compiler.diagnostics;
}

// A finding may name a section of the handout, and then that has to be there.
void expect_section(const Lab& lab, const judge::CheckResult& result) {
  constexpr std::string_view before = "\nRead: \"";
  const std::size_t at = result.message.rfind(before);
  if (at == std::string::npos) return;
  const std::size_t begin = at + before.size();
  const std::string section = result.message.substr(begin, result.message.find('"', begin) - begin);
  const fs::path handout = fs::path(IPCLAB_SOURCE_DIR) / "labs" / lab.name / "README.md";
  std::ifstream file(handout);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#") && line.substr(line.find_first_not_of('#') + 1) == section) return;
  }
  ADD_FAILURE() << handout << " has no heading \"" << section << "\"\n" << shown(result);
}

void mutant_is_caught(const Lab& lab, const fs::path& patch) {
  const Mutant mutant = read_mutant(patch);
  const Scratch submission;
  submission.copy_files_of(lab.solution());
  const Ended patched = run({.words = {"patch", "--strip=1", "--fuzz=0", "--batch", "--directory",
                                       submission.path().string(), "--input", patch.string()}});
  ASSERT_EQ(patched.exit_status, 0)
      << "the solution has changed under the patch: " << patched.printed;

  // The one check that it names: the others have mutants of their own.
  Call call;
  call.check = "^" + mutant.caught_by + "$";
  call.jobs = 1;
  const Graded graded = grade(lab.name, submission.path(), call);
  ASSERT_EQ(graded.exit_status, 0) << shown(graded);
  EXPECT_NE(graded.compiler.status, "failed")
      << "A mutant is a mistake that the compiler accepts.\n"
      << graded.compiler.diagnostics;
  const judge::CheckResult& result = graded.of(mutant.caught_by);
  EXPECT_EQ(result.status, "failed") << "Nobody notices: \"" << mutant.misconception << "\"\n"
                                     << shown(result);
  EXPECT_EQ(result.finding, mutant.finding) << shown(result);
  EXPECT_EQ(result.score, 0);
  EXPECT_FALSE(result.message.empty()) << shown(result);
  expect_section(lab, result);
}

void alternate_gets_full_marks(const Lab& lab, const fs::path& directory) {
  const Graded graded = grade(lab.name, directory);
  expect_full_marks(graded);
  EXPECT_NE(graded.compiler.status, "failed")
      << "what gets full marks is said not to compile: " << graded.compiler.diagnostics;
}

// The judge is a GoogleTest program, and lists its checks as one: "Suite." and "  Name" below it.
std::set<std::string> ids_of_checks(const Lab& lab) {
  std::set<std::string> ids;
  std::string suite;
  const Ended listed =
      run({.words = {IPCLAB_KIT_DIR "/" + lab.name + "/judge", "--gtest_list_tests"}});
  std::istringstream lines(listed.printed);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ")) {
      ids.insert(suite + line.substr(2));
    } else if (line.ends_with(".")) {
      suite = line;
    }
  }
  EXPECT_FALSE(ids.empty()) << listed.printed;
  return ids;
}

// A check without a mutant could go missing, or stop working, and nobody would notice.
void every_check_has_a_mutant(const Lab& lab) {
  std::set<std::string> unproven = ids_of_checks(lab);
  for (const fs::path& patch : lab.mutants()) unproven.erase(read_mutant(patch).caught_by);
  for (const std::string& id : unproven)
    ADD_FAILURE() << "no mutant says \"Caught by: " << id << '"';
}

/// A GoogleTest test that does what it is told.
class Proof : public testing::Test {
 public:
  explicit Proof(std::function<void()> body) : body_(std::move(body)) {}
  void TestBody() override { body_(); }

 private:
  std::function<void()> body_;
};

void add(const Lab& lab, const std::string& name, const std::function<void()>& body) {
  const auto plain = [](std::string text) {
    // GoogleTest's filters read '-' and ':' as something else.
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return text;
  };
  testing::RegisterTest(plain("Lab_" + lab.name).c_str(), plain(name).c_str(), nullptr, nullptr,
                        __FILE__, __LINE__, [body]() -> Proof* { return new Proof(body); });
}

void add_tests_of(const Lab& lab) {
  add(lab, "SolutionGetsFullMarks", [lab] { solution_gets_full_marks(lab); });
  add(lab, "SkeletonIsNotStarted", [lab] { skeleton_is_not_started(lab); });
  add(lab, "EveryCheckHasAMutant", [lab] { every_check_has_a_mutant(lab); });
  for (const fs::path& directory : lab.alternates()) {
    add(lab, "AlternatePasses_" + directory.filename().string(),
        [lab, directory] { alternate_gets_full_marks(lab, directory); });
  }
  for (const fs::path& patch : lab.mutants()) {
    add(lab, "MutantIsCaught_" + patch.stem().string(),
        [lab, patch] { mutant_is_caught(lab, patch); });
  }
}

}  // namespace

}  // namespace proof

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const proof::Lab& lab : proof::all_labs()) proof::add_tests_of(lab);
  return RUN_ALL_TESTS();
}
