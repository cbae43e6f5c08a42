#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "common/cli/exit_status.h"
#include "tests/common/cli/fake_kit.h"
#include "tests/common/report/schema.h"

namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

/// A program of the engine's suite, linked with the engine already.
std::string program(const std::string& name) {
  return std::string(IPCLAB_EXPLORED) + "/programs/" + name;
}

TEST(Explore, WritesWhatItFindsInThreeForms) {
  const fake::Kit fake;
  const fake::Outcome outcome =
      fake.run({"explore", program("abba-processes.wrong"), "--json", "found.json", "--page",
                "found.html", "--trace", "found.trace"});
  EXPECT_EQ(outcome.status, cli::points_lost) << outcome.err;
  const json found = json::parse(fake::read(fake.home() / "found.json"));
  EXPECT_EQ(schemas::objections("exploration.schema.json", found), "");
  EXPECT_EQ(found.at("finding").at("kind"), "deadlock");
  const std::string page = fake::read(fake.home() / "found.html");
  const json trace = json::parse(fake::read(fake.home() / "found.trace"));
  EXPECT_EQ(trace.at("otherData").at("finding"), "deadlock");
  for (const json& step : found.at("finding").at("steps")) {
    if (step.at("line") == 0) continue;  // "begins", say
    EXPECT_THAT(page, HasSubstr("line " + step.at("line").dump()));
  }

  const std::string id = found.at("finding").at("replay");
  EXPECT_THAT(page, HasSubstr("ipclab replay " + id));
  const fake::Outcome replayed =
      fake.run({"replay", id, "--page", "again.html", "--trace", "again.trace"});
  EXPECT_EQ(replayed.status, cli::full_marks) << replayed.err;
  EXPECT_EQ(json::parse(fake::read(fake.home() / "again.trace")), trace);
  const std::string again = fake::read(fake.home() / "again.html");
  EXPECT_THAT(again, AllOf(HasSubstr("ipclab replay " + id), HasSubstr("class=\"switch\"")));
  // The same page, but for the search.
  const auto without_the_search = [](const std::string& text) {
    return text.substr(0, text.find("class=\"summary\""));
  };
  EXPECT_TRUE(without_the_search(again) == without_the_search(page));
}

TEST(Explore, MayKillEachProcessThatIsNamed) {
  const fake::Kit fake;
  const fake::Outcome outcome =
      fake.run({"explore", program("abba-processes.right"), "--kill-anywhere", "child",
                "--kill-anywhere", "main", "--json", "-"});
  EXPECT_EQ(outcome.status, cli::points_lost) << outcome.err;
  const std::string id = json::parse(outcome.out).at("finding").at("replay");
  const auto kept = fake.root().parent_path() / "schedules" / id / "schedule.json";
  EXPECT_EQ(json::parse(fake::read(kept)).at("kill"), json({1, 0}));
  EXPECT_EQ(fake.run({"replay", id}).status, cli::full_marks);
}

TEST(Explore, CompilesWhatIsInC) {
  const fake::Kit fake;
  fake::fs::create_directory_symlink(fake::fs::path(IPCLAB_KIT_DIR) / "interleave",
                                     fake.root() / "interleave");
  const std::string source = std::string(IPCLAB_SUITE) + "/c/abba.wrong.c";
  const fake::Outcome outcome = fake.run(
      {"explore", source, "--cc", std::string(IPCLAB_COMPILER) + " -std=c++20", "--json", "-"});
  EXPECT_EQ(outcome.status, cli::points_lost) << outcome.err;
  const json finding = json::parse(outcome.out).at("finding");
  EXPECT_EQ(finding.at("kind"), "deadlock");
  EXPECT_THAT(finding.at("details").dump(), HasSubstr("waits for b (abba.wrong.c:11)"));
}

TEST(Explore, WritesThatNothingWasFound) {
  const fake::Kit fake;
  const fake::Outcome outcome = fake.run({"explore", program("abba-processes.right"), "--json", "-",
                                          "--page", "found.html", "--schedules", "20"});
  EXPECT_EQ(outcome.status, cli::full_marks) << outcome.err;
  EXPECT_EQ(schemas::objections("exploration.schema.json", json::parse(outcome.out)), "");
  EXPECT_THAT(fake::read(fake.home() / "found.html"), HasSubstr("Nothing found in"));
}

TEST(Explore, RefusesAFileThatItCannotWriteBeforeItBegins) {
  const fake::Kit fake;
  for (const std::string option : {"--json", "--page", "--trace"}) {
    const fake::Outcome outcome =
        fake.run({"explore", program("abba-processes.wrong"), option, "no/such/directory/file"});
    EXPECT_EQ(outcome.status, cli::wrong_usage) << option;
    EXPECT_THAT(outcome.err, HasSubstr(option + " no/such/directory/file cannot be written"));
    EXPECT_FALSE(fake::fs::exists(fake.root().parent_path() / "schedules")) << "it was explored";
  }
  for (const std::string option : {"--page", "--trace"}) {
    const fake::Outcome outcome =
        fake.run({"replay", "0badcafe", option, "no/such/directory/file"});
    EXPECT_EQ(outcome.status, cli::wrong_usage) << option;
    EXPECT_THAT(outcome.err, HasSubstr(option + " no/such/directory/file cannot be written"));
  }
}

TEST(Explore, RefusesToPrintAPageOrATrace) {
  const fake::Kit fake;
  for (const std::string option : {"--page", "--trace"}) {
    const fake::Outcome outcome =
        fake.run({"explore", program("abba-processes.wrong"), option, "-"});
    EXPECT_EQ(outcome.status, cli::wrong_usage);
    EXPECT_THAT(outcome.err, HasSubstr(option + " takes the name of a file"));
  }
}

TEST(Explore, LeavesAnOldFileAloneIfItCannotExplore) {
  const fake::Kit fake;
  fake::write(fake.home() / "found.html", "old");
  const fake::Outcome outcome = fake.run({"explore", "no-such-file.cpp", "--page", "found.html"});
  EXPECT_EQ(outcome.status, cli::wrong_usage);
  EXPECT_EQ(fake::read(fake.home() / "found.html"), "old");
}

}  // namespace
