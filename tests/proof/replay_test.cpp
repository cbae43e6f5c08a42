/// A schedule that a check has found is kept, and shown again: every step of it, the same each
/// time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/proof/graded.h"
#include "tests/proof/material.h"
#include "tests/proof/program.h"
#include "tests/proof/scratch.h"

namespace {

namespace fs = std::filesystem;
using proof::Graded;
using proof::Lab;
using proof::Scratch;
using testing::AllOf;
using testing::HasSubstr;

const Lab lab_of_pipes{"01-pipe"};

/// A mutant that goes wrong in some orders only, graded; and the schedule that was found.
class Replay : public testing::Test {
 protected:
  std::string id_of_schedule(const std::string& mutant, const std::string& check) {
    submission_.copy_files_of(lab_of_pipes.solution());
    for (const auto& patch : lab_of_pipes.mutants()) {
      if (!patch.stem().string().ends_with(mutant)) continue;
      const proof::Ended patched =
          proof::run({.words = {"patch", "--strip=1", "--batch", "--directory",
                                submission_.path().string(), "--input", patch.string()}});
      EXPECT_EQ(patched.exit_status, 0) << patched.printed;
    }
    const Graded graded =
        proof::grade(lab_of_pipes.name, submission_.path(), {.check = "^" + check + "$"});
    message_ = graded.of(check).message;
    std::smatch match;
    EXPECT_TRUE(std::regex_search(message_, match, std::regex("ipclab replay ([0-9a-f]{8})")))
        << message_;
    return match.size() > 1 ? match[1].str() : "";
  }

  static proof::Ended replay(const std::string& id, std::vector<std::string> more = {}) {
    std::vector<std::string> words{IPCLAB_KIT_DIR "/bin/ipclab", "replay", id};
    words.insert(words.end(), more.begin(), more.end());
    return proof::run({.words = words});
  }

  Scratch submission_;
  std::string message_;
};

TEST_F(Replay, ShowsEveryStepOfADeadlock) {
  const std::string id =
      id_of_schedule("who-hears-nothing-speaks-first", "Exchange.EndsInEverySchedule");
  const proof::Ended first = replay(id);
  EXPECT_EQ(first.exit_status, 0);
  EXPECT_THAT(
      first.printed,
      AllOf(HasSubstr("deadlock"), HasSubstr("one_side"), HasSubstr("polls: nothing is ready"),
            HasSubstr("waits for room in pipe"), HasSubstr("exchange.cpp:")));
  EXPECT_EQ(replay(id).printed, first.printed);
}

TEST_F(Replay, KnowsWhatTheCheckSaidOfAWrongResult) {
  const std::string id =
      id_of_schedule("an-empty-fifo-is-nobodys", "Journal.IsWholeInEverySchedule");
  const fs::path page = submission_.path() / "page.html";
  const proof::Ended shown = replay(id, {"--page", page.string()});
  EXPECT_EQ(shown.exit_status, 0);
  EXPECT_THAT(shown.printed, AllOf(HasSubstr("wrong-result"), HasSubstr("read_journal returned"),
                                   HasSubstr("writer_a"), HasSubstr("takes 1 preemption")));
  EXPECT_TRUE(fs::exists(page));
}

TEST_F(Replay, StartsADebuggerAtAStep) {
  const std::string id =
      id_of_schedule("who-hears-nothing-speaks-first", "Exchange.EndsInEverySchedule");
  // A debugger that says where it was asked to look, and leaves.
  const fs::path gdb = submission_.path() / "gdb";
  std::ofstream(gdb) << "#!/bin/sh\necho \"debugs $3 in $(cat /proc/$3/comm)\"\n";
  fs::permissions(gdb, fs::perms(0755));
  const proof::Ended shown = proof::run(
      {.words = {IPCLAB_KIT_DIR "/bin/ipclab", "replay", id, "--gdb", "one_side@3"},
       .environment = {{"PATH", submission_.path().string() + ":/usr/local/bin:/usr/bin:/bin"}}});
  EXPECT_EQ(shown.exit_status, 0) << shown.printed;
  EXPECT_THAT(shown.printed, HasSubstr("in program"));
}

}  // namespace
