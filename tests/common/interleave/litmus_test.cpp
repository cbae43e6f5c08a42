/// Litmus tests: programs of a few atomic operations, and all that they can print. What C++ allows
/// stands at the head of each program; an exhaustive search has to find that and nothing else.
///
/// `// allowed: r1=0 r2=1`                  some order of the operations leads there
/// `// allowed by weak memory: r1=0 r2=0`   none does, but a read may see an older value
/// `// allowed, but left out: r1=1 r2=1`    C++ allows it, and this engine never does it
/// `// forbidden: r1=1 r2=0`                C++ does not allow it
/// `// preemptions: 3`                      all schedules with more would take too long
///
/// @see C++20 [atomics.order], [intro.races]; Alglave, Maranget and Tautschnig 2014, "Herding
/// Cats",
///      for the names of the tests

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "common/explore/explorer.h"

namespace {

namespace fs = std::filesystem;

using Outcomes = std::set<std::string>;

constexpr int all_of_them = 40;  // more preemptions than any of the programs has room for

struct Expected {
  Outcomes in_order, weak, left_out, forbidden;
  int preemptions = all_of_them;
};

Expected expected_of(const std::string& name) {
  Expected expected;
  const std::pair<std::string, Outcomes*> marks[] = {
      {"// allowed: ", &expected.in_order},
      {"// allowed by weak memory: ", &expected.weak},
      {"// allowed, but left out: ", &expected.left_out},
      {"// forbidden: ", &expected.forbidden},
  };
  std::ifstream file(fs::path(IPCLAB_SUITE) / "litmus" / (name + ".cpp"));
  for (std::string line; std::getline(file, line);) {
    for (const auto& [mark, outcomes] : marks) {
      if (line.starts_with(mark)) outcomes->insert(line.substr(mark.size()));
    }
    if (line.starts_with("// preemptions: ")) expected.preemptions = std::stoi(line.substr(16));
  }
  return expected;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "litmus")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Litmus : public testing::TestWithParam<std::string> {
 protected:
  /// All that the program can print.
  static Outcomes printed(bool weak_memory, int preemptions) {
    explore::Explorer explorer(fs::path(IPCLAB_EXPLORED) / "litmus" / GetParam(), {}, 2);
    explorer.keep_output(true);
    explore::Search search;
    search.way = explore::Way::systematic;
    search.schedules = 100'000;
    search.preemptions = preemptions;
    search.weak_memory = weak_memory;
    Outcomes outcomes;
    const explore::Found found = explorer.search(search, [&](const explore::Run& run) {
      outcomes.insert(run.output.substr(0, run.output.find('\n')));
      return true;
    });
    EXPECT_FALSE(found.failed()) << explorer.program().control().verdict.text;
    EXPECT_EQ(found.complete_up_to, preemptions) << "not all in " << found.schedules;
    EXPECT_TRUE(found.everything || preemptions != all_of_them) << "there is more";
    RecordProperty(weak_memory ? "weak" : "in_order", std::to_string(found.schedules));
    return outcomes;
  }
};

TEST_P(Litmus, PrintsWhatTheMemoryModelAllows) {
  const Expected expected = expected_of(GetParam());
  ASSERT_FALSE(expected.in_order.empty()) << "nothing is expected";
  Outcomes allowed = expected.in_order;
  allowed.insert(expected.weak.begin(), expected.weak.end());
  const Outcomes outcomes = printed(true, expected.preemptions);
  EXPECT_EQ(outcomes, allowed);
  for (const std::string& outcome : outcomes) {
    EXPECT_FALSE(expected.forbidden.contains(outcome)) << outcome << " is forbidden";
    EXPECT_FALSE(expected.left_out.contains(outcome)) << outcome << " is left out no more";
  }
}

TEST_P(Litmus, PrintsWithStrongMemoryWhatSomeOrderLeadsTo) {
  const Expected expected = expected_of(GetParam());
  // Orders alone take fewer.
  const int preemptions = std::min(expected.preemptions, 3);
  EXPECT_EQ(printed(false, preemptions), expected.in_order);
}

INSTANTIATE_TEST_SUITE_P(Engine, Litmus, testing::ValuesIn(names()), [](const auto& test) {
  return std::regex_replace(test.param, std::regex("[^A-Za-z0-9]"), "_");
});

}  // namespace
