#include "tests/common/interleave/expected.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/explore/explorer.h"
#include "common/explore/story.h"

namespace suite {

namespace fs = std::filesystem;

namespace {

/// So that `make test` has an end: 2,000 each, and any other number by IPCLAB_SCHEDULES.
std::uint64_t schedules_of_right_ones() {
  const char* number = std::getenv("IPCLAB_SCHEDULES");
  return number == nullptr ? 2'000 : std::strtoull(number, nullptr, 10);
}

bool is_command(const std::string& name) {
  std::istringstream path(std::getenv("PATH"));
  for (std::string directory; std::getline(path, directory, ':');) {
    if (::access((fs::path(directory) / name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

Expected expected_of(const fs::path& source) {
  Expected expected;
  std::ifstream file(source);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("// expect: ")) expected.kind = line.substr(11);
    if (line.ends_with("// <- here")) expected.lines.insert(number);
  }
  return expected;
}

void explores_as(const fs::path& program, const Expected& expected) {
  ASSERT_NE(expected.kind, "");
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

std::vector<std::string> compilers() {
  std::vector<std::string> found;
  const auto look_for = [&](const std::string& name) {
    if (is_command(name)) found.push_back(name);
  };
  look_for("g++");
  look_for("clang++");
  for (int version = 12; version <= 16; ++version) look_for("g++-" + std::to_string(version));
  for (int version = 14; version <= 23; ++version) look_for("clang++-" + std::to_string(version));
  return found;
}

}  // namespace suite
