/// Small programs, right and wrong in pairs: each wrong one is found, with its kind and its lines,
/// within the usual number of schedules; nothing is said of a right one.
///
/// What is expected stands in the programs: `// expect: data-race` or `// expect: nothing` among
/// the first lines, and `// <- here` behind each line that a finding may point at.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "common/explore/explorer.h"
#include "common/explore/story.h"

namespace {

namespace fs = std::filesystem;

struct Expected {
  std::string kind;
  std::set<int> lines;
};

Expected expected_of(const std::string& name) {
  Expected expected;
  std::ifstream file(fs::path(IPCLAB_SUITE) / "programs" / (name + ".cpp"));
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("// expect: ")) expected.kind = line.substr(11);
    if (line.ends_with("// <- here")) expected.lines.insert(number);
  }
  return expected;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "programs")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// So that `make test` has an end: 2,000 each, and any other number by IPCLAB_SCHEDULES.
std::uint64_t schedules_of_right_ones() {
  const char* number = std::getenv("IPCLAB_SCHEDULES");
  return number == nullptr ? 2'000 : std::strtoull(number, nullptr, 10);
}

class Suite : public testing::TestWithParam<std::string> {};

TEST_P(Suite, IsToldRightFromWrong) {
  const Expected expected = expected_of(GetParam());
  ASSERT_NE(expected.kind, "");
  const fs::path program = fs::path(IPCLAB_EXPLORED) / "programs" / GetParam();
  explore::Explorer explorer(program, {}, 1);
  explore::Search search;
  if (expected.kind == "nothing") search.schedules = schedules_of_right_ones();
  const explore::Found found = explorer.search(search);
  explore::Lines lines(program);
  const explore::Story story = explore::tell(explorer.program(), lines);
  if (expected.kind == "nothing") {
    ASSERT_FALSE(found.failed()) << story.kind << ": " << story.headline << "\n"
                                 << explore::table_of(story, 100) << explore::to_id(found.choices);
    return;
  }
  ASSERT_TRUE(found.failed()) << "nothing found in " << found.schedules << " schedules";
  const std::string text = story.kind + ": " + story.headline + "\n" +
                           explore::table_of(story, 100) + explorer.program().output();
  EXPECT_EQ(story.kind, expected.kind) << text;
  // What it points at: the innermost line of each stack, if there is one of the program's.
  bool points_at_one = false;
  for (const auto& stack : story.stacks) {
    if (stack.empty()) continue;
    // A call that goes through a helper of the program may be marked where it is called.
    const bool marked = std::any_of(stack.begin(), stack.end(), [&](const explore::Line& line) {
      return expected.lines.contains(line.number);
    });
    points_at_one = points_at_one || marked;
  }
  EXPECT_TRUE(points_at_one) << "none of its lines is marked in the program\n" << text;
}

INSTANTIATE_TEST_SUITE_P(Engine, Suite, testing::ValuesIn(names()), [](const auto& test) {
  return std::regex_replace(test.param, std::regex("[^A-Za-z0-9]"), "_");
});

}  // namespace
