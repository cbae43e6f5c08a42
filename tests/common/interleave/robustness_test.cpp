/// Programs that make it hard for the engine: that end while it is their turn, fill its books or
/// write over them, wait where it does not see it. Each run comes to an end all the same, with a
/// message that names the cause, and leaves no process behind.
///
/// What is expected stands in the programs: `// expect: nothing`, or a regular expression for what
/// is told, kind and message; and `// schedules: 5` where more than one is run.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "common/explore/explorer.h"
#include "common/explore/story.h"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct Expected {
  std::string told;
  std::uint64_t schedules = 0;
};

Expected expected_of(const std::string& name) {
  Expected expected;
  std::ifstream file(fs::path(IPCLAB_SUITE) / "hostile" / (name + ".cpp"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("// expect: ")) expected.told = line.substr(11);
    if (line.starts_with("// schedules: ")) expected.schedules = std::stoul(line.substr(14));
  }
  return expected;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "hostile")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path program_of(const std::string& name) {
  return fs::path(IPCLAB_EXPLORED) / "hostile" / name;
}

// How many processes run this program.
int processes_of(const fs::path& program) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code error;
    const fs::path runs = fs::read_symlink(entry.path() / "exe", error);
    if (!error && runs == program) ++count;
  }
  return count;
}

// They are ended by a signal, and need a moment for it.
int processes_left(const fs::path& program, int expected) {
  int count = processes_of(program);
  for (int i = 0; i < 100 && count != expected; ++i) {
    ::usleep(20'000);
    count = processes_of(program);
  }
  return count;
}

struct Told {
  std::string text;
  interleave::Outcome outcome = interleave::Outcome::running;
};

// Explores it, and sees to it that nobody is left.
// @param schedules  0: one run, and no search for a shorter way to what it has come to
Told explore(const fs::path& program, const std::vector<std::string>& arguments,
             std::uint64_t schedules) {
  Told told;
  // A file of its own: another test may run the same program meanwhile.
  const fs::path file = program.string() + "-" + std::to_string(::getpid());
  fs::copy_file(program, file, fs::copy_options::overwrite_existing);
  {
    explore::Explorer explorer(file, arguments, 1);
    explore::Search search;
    search.way = explore::Way::systematic;
    try {
      if (schedules == 0) {
        explorer.replay(search, {});
      } else {
        search.schedules = schedules;
        explorer.search(search);
      }
      explore::Lines lines(file);
      const explore::Story story = explore::tell(explorer.program(), lines);
      told.outcome = explorer.program().control().verdict.outcome;
      told.text = story.kind + ": " + story.headline;
      for (const std::string& detail : story.details) told.text += " " + detail;
      if (story.kind.empty()) told.text = "nothing";
      EXPECT_EQ(processes_left(file, 1), 1) << "besides the process that runs are forked from";
    } catch (const std::exception& problem) {
      told.text = std::string("nothing goes on: ") + problem.what();
    }
  }
  EXPECT_EQ(processes_left(file, 0), 0) << "left behind";
  fs::remove(file);
  return told;
}

class Robustness : public testing::TestWithParam<std::string> {};

TEST_P(Robustness, ComesToAnEndAndSaysWhy) {
  const Expected expected = expected_of(GetParam());
  ASSERT_NE(expected.told, "");
  const auto begin = std::chrono::steady_clock::now();
  const Told told = explore(program_of(GetParam()), {}, expected.schedules);
  EXPECT_TRUE(std::regex_match(told.text, std::regex(expected.told + ".*"))) << told.text;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

INSTANTIATE_TEST_SUITE_P(Engine, Robustness, testing::ValuesIn(names()), [](const auto& test) {
  return std::regex_replace(test.param, std::regex("[^A-Za-z0-9]"), "_");
});

// Fill, from and to in thousandths of the engine's memory.
class Scribble : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Scribble, IsNeverTakenForARunThatWentWell) {
  const Told told = explore(program_of("scribble"), GetParam(), 0);
  EXPECT_NE(told.outcome, interleave::Outcome::finished) << told.text;
  EXPECT_NE(told.text, "nothing");
}

INSTANTIATE_TEST_SUITE_P(Engine, Scribble,
                         testing::Values(std::vector<std::string>{"0"},
                                         std::vector<std::string>{"random"},
                                         std::vector<std::string>{"85", "0", "1000", "seen"},
                                         std::vector<std::string>{"255", "0", "1"},
                                         std::vector<std::string>{"random", "0", "1"},
                                         std::vector<std::string>{"random", "0", "20"},
                                         std::vector<std::string>{"255", "1", "100"}));

// What is behind a scribbled run: the next one begins with everything clean.
TEST(Robustness, RunsGoOnAfterOneThatCannotBeBelieved) {
  explore::Explorer explorer(program_of("scribble"), {"random"}, 1);
  explorer.replay({}, {});
  const std::string first = explorer.program().control().verdict.text;
  explorer.replay({}, {});
  EXPECT_EQ(first, explorer.program().control().verdict.text);
}

}  // namespace
