/// Small programs, each of them run in all the ways there are: once with states that have been seen
/// not entered again, and once without. What the programs print, and how they end, is the same.
/// A few of them have too many ways: `// preemptions: 3` says that no more are made.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/explore/program.h"
#include "common/explore/strategy.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "small")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

constexpr int all_of_them = 60;  // more preemptions than any of the programs has room for

int preemptions_of(const std::string& name) {
  std::ifstream file(fs::path(IPCLAB_SUITE) / "small" / (name + ".cpp"));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("// preemptions: ")) return std::stoi(line.substr(16));
  }
  return all_of_them;
}

struct Explored {
  std::set<std::string> outcomes;  ///< What was printed, and how the run ended.
  int schedules = 0;
  int complete_up_to = -1;
  bool everything = false;
};

/// Unlike Explorer's search this one goes on when a run has failed.
Explored explore_all(const std::string& name, bool reduces) {
  constexpr int most_schedules = 20'000;
  explore::Program program("it",
                           explore::in_the_open(fs::path(IPCLAB_EXPLORED) / "small" / name, {}));
  const auto strategy = explore::systematic(preemptions_of(name), reduces);
  Explored explored;
  while (explored.schedules < most_schedules) {
    const auto draft = strategy->next();
    if (!draft) break;
    interleave::Plan& plan = program.plan();
    plan.weak_memory = true;
    plan.forced = static_cast<std::uint32_t>(draft->choices.size());
    std::copy(draft->choices.begin(), draft->choices.end(), plan.choices);
    program.run();
    const interleave::Control& run = program.control();
    ++explored.schedules;
    explored.outcomes.insert(std::to_string(static_cast<int>(run.verdict.outcome)) + ": " +
                             program.output());
    strategy->saw(*draft, {run.decision, run.decision + run.decisions});
  }
  explored.complete_up_to = strategy->complete_up_to();
  explored.everything = strategy->tried_everything();
  return explored;
}

class Reduction : public testing::TestWithParam<std::string> {};

TEST_P(Reduction, LosesNoOutcome) {
  const Explored reduced = explore_all(GetParam(), true);
  const Explored whole = explore_all(GetParam(), false);
  const int preemptions = preemptions_of(GetParam());
  EXPECT_EQ(reduced.complete_up_to, preemptions) << "not all in " << reduced.schedules;
  EXPECT_EQ(whole.complete_up_to, preemptions) << "not all in " << whole.schedules;
  EXPECT_TRUE(preemptions != all_of_them || (reduced.everything && whole.everything));
  EXPECT_EQ(reduced.outcomes, whole.outcomes);
  EXPECT_GT(whole.outcomes.size(), 1U) << "the schedule makes no difference";
  EXPECT_LE(reduced.schedules, whole.schedules);
  RecordProperty("reduced", reduced.schedules);
  RecordProperty("whole", whole.schedules);
}

INSTANTIATE_TEST_SUITE_P(Engine, Reduction, testing::ValuesIn(names()), [](const auto& test) {
  return std::regex_replace(test.param, std::regex("[^A-Za-z0-9]"), "_");
});

}  // namespace
