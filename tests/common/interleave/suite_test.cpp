/// Small programs, right and wrong in pairs: each wrong one is found, with its kind and its lines,
/// within the usual number of schedules; nothing is said of a right one.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/common/interleave/expected.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "programs")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Suite : public testing::TestWithParam<std::string> {};

TEST_P(Suite, IsToldRightFromWrong) {
  suite::explores_as(
      fs::path(IPCLAB_EXPLORED) / "programs" / GetParam(),
      suite::expected_of(fs::path(IPCLAB_SUITE) / "programs" / (GetParam() + ".cpp")));
}

INSTANTIATE_TEST_SUITE_P(Engine, Suite, testing::ValuesIn(names()), [](const auto& test) {
  return std::regex_replace(test.param, std::regex("[^A-Za-z0-9]"), "_");
});

}  // namespace
