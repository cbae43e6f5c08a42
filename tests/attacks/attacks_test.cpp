/// Grades every attack as it would be graded on any machine, and looks what has come of it: in the
/// report, and in all the places where an attack could have arrived.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/attacks/judged.h"
#include "tests/attacks/outside.h"

namespace {

namespace fs = std::filesystem;
using attacks::Judged;
using attacks::Outside;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A directory of this one. Its attack.json, if there is one, says what is not as usual.
struct Attack {
  fs::path directory;
  std::string lab = "01-pipe";
  std::string checks = "^WriteAll\\.DeliversEveryByte$";  ///< which checks it is graded by
  std::vector<std::string> passes;  ///< the ids that the honest part of it earns
  std::string rest = "skeleton";    ///< what stands for the files that it lacks
  std::vector<std::string> isolations{"bubblewrap", "landlock"};
  std::vector<std::string> never;  ///< words that say that it has got through
  bool contained = false;          ///< to be graded where it can harm nobody
};

Attack read_attack(const fs::path& directory) {
  Attack attack;
  attack.directory = directory;
  if (std::ifstream file(directory / "attack.json"); file) {
    const auto json = nlohmann::json::parse(file);
    attack.lab = json.value("lab", attack.lab);
    attack.checks = json.value("checks", attack.checks);
    attack.passes = json.value("passes", attack.passes);
    attack.rest = json.value("rest", attack.rest);
    attack.isolations = json.value("isolations", attack.isolations);
    attack.never = json.value("never", attack.never);
    attack.contained = json.value("contained", attack.contained);
  }
  return attack;
}

/// An attack under a kind of isolation.
struct Case {
  Attack attack;
  std::string isolation;
};

// For ctest, which prints it.
void PrintTo(const Case& test, std::ostream* out) {
  *out << test.attack.directory.filename().string() << " under " << test.isolation;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& entry : fs::directory_iterator(IPCLAB_SOURCE_DIR "/tests/attacks")) {
    if (!fs::exists(entry.path() / "README.md")) continue;
    const Attack attack = read_attack(entry.path());
    for (const std::string& isolation : attack.isolations) cases.push_back({attack, isolation});
  }
  std::sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    return std::pair(a.attack.directory, a.isolation) < std::pair(b.attack.directory, b.isolation);
  });
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.attack.directory.filename().string() + "_" + info.param.isolation;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// Copies the attack to where it is graded, with all that an attacker could know.
void hand_in(const Attack& attack, const Outside& outside) {
  if (attack.rest == "solution") {
    for (const auto& entry : fs::directory_iterator(IPCLAB_SOURCE_DIR "/solutions/" + attack.lab)) {
      if (entry.path().extension() == ".cpp") fs::copy(entry.path(), outside.submission());
    }
  }
  const auto again = fs::copy_options::overwrite_existing;
  for (const auto& entry : fs::directory_iterator(attack.directory)) {
    const fs::path name = entry.path().filename();
    if (name == "README.md" || name == "attack.json" || name == "prepare") continue;
    fs::copy_file(entry.path(), outside.submission() / name, again);
  }
  for (const auto& tool : fs::directory_iterator(IPCLAB_SOURCE_DIR "/tests/attacks/tools")) {
    fs::copy_file(tool.path(), outside.submission() / tool.path().filename(), again);
  }
  std::ofstream(outside.submission() / "outside.h") << outside.header();
  if (const fs::path script = attack.directory / "prepare"; fs::exists(script)) {
    const std::string command = "cd '" + outside.submission().string() + "' && sh '" +
                                script.string() + "' '" + outside.canary().string() + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
}

attacks::Call call_of(const Attack& attack, const Outside& outside, const std::string& isolation) {
  attacks::Call call;
  call.submission = outside.submission();
  call.temporary = outside.temporary();
  call.lab = attack.lab;
  call.checks = attack.checks;
  call.isolation = isolation;
  call.contained = attack.contained;
  return call;
}

bool is_not_granted(const Judged& judged) {
  return judged.error.find("which this machine does not grant") != std::string::npos;
}

class Attacks : public testing::TestWithParam<Case> {};

TEST_P(Attacks, GainNothingAndLeaveNothing) {
  const auto& [attack, isolation] = GetParam();
  if (attack.contained && ::geteuid() != 0) GTEST_SKIP() << "only root can contain it";
  Outside outside(attack.directory.filename().string());
  ASSERT_NO_FATAL_FAILURE(hand_in(attack, outside));
  const Judged judged = attacks::judge_submission(call_of(attack, outside, isolation));
  if (is_not_granted(judged)) GTEST_SKIP() << judged.error;

  EXPECT_FALSE(judged.too_late) << "there was no verdict after two minutes";
  EXPECT_TRUE(WIFEXITED(judged.status) && WEXITSTATUS(judged.status) == 0)
      << "the judge's status: " << judged.status;
  EXPECT_THAT(judged.faults, IsEmpty());
  EXPECT_EQ(judged.error, "") << "the grader itself failed";
  EXPECT_EQ(judged.printed, "");

  std::vector<std::string> passed;
  for (const auto& [id, result] : judged.checks) {
    EXPECT_NE(result.status, "error") << id << ": " << result.message;
    EXPECT_EQ(result.score, result.status == "passed" ? result.info.max_score : 0) << id;
    if (result.status == "passed") passed.push_back(id);
  }
  EXPECT_THAT(passed, ElementsAreArray(attack.passes)) << judged.events;

  const std::string said = judged.events + judged.printed;
  for (const std::string& secret : outside.secrets()) {
    EXPECT_THAT(said, Not(HasSubstr(secret))) << "it has read what it must not";
  }
  for (const std::string& word : attack.never) EXPECT_THAT(said, Not(HasSubstr(word)));
  EXPECT_LT(judged.events.size(), std::size_t{1} << 20);
  EXPECT_LT(judged.memory, std::size_t{200} << 20) << "the judge has grown with what it was told";
  EXPECT_THAT(outside.traces(), IsEmpty());
  std::printf("%lld s, judge %zu MiB\n", static_cast<long long>(judged.time.count()),
              judged.memory >> 20);
}

INSTANTIATE_TEST_SUITE_P(Each, Attacks, testing::ValuesIn(all_cases()), name_of);

// What the submission has started does not outlive the judge, however that ends.
TEST(AKilledJudge, TakesEveryProcessWithIt) {
  const Attack attack = read_attack(IPCLAB_SOURCE_DIR "/tests/attacks/leaves-daemons");
  Outside outside("killed-judge");
  ASSERT_NO_FATAL_FAILURE(hand_in(attack, outside));
  // A run that lasts until we have seen its daemons.
  std::ofstream(outside.submission() / "stream.cpp")
      << "#include \"stream.h\"\n#include <unistd.h>\n"
         "void lab::write_all(int, std::span<const std::byte>) { ::sleep(3600); }\n";
  attacks::Call call = call_of(attack, outside, "bubblewrap");
  bool met = false;
  call.kill_when = [&](pid_t judge) {
    for (const pid_t pid : attacks::processes_below(judge)) {
      std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
      std::string comm;
      met = met || (std::getline(name, comm) && comm == "ipclab-daemon");
    }
    return met;
  };
  const Judged judged = attacks::judge_submission(call);
  if (is_not_granted(judged)) GTEST_SKIP() << judged.error;
  EXPECT_TRUE(met) << "no daemon was there to be taken along: " << judged.events;
  EXPECT_THAT(outside.traces(), IsEmpty());
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
