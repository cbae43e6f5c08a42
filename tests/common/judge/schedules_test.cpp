/// Scenarios in every schedule, and what is said when one goes wrong.

#include "common/judge/schedules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "common/subject/playbill.h"
#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::Cast;
using judge::Channel;
using judge::Explored;
using judge::Finding;
using judge::RunResult;
using judge::Scenario;
using judge::Schedules;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string nothing_wrong(const RunResult&) { return ""; }

/// A toy.cpp whose schedules can be explored.
class Stage {
 public:
  explicit Stage(std::string_view body)
      : body_(body), image_(toy::image(body, judge::Build::interleaved)) {}

  Explored explore(Scenario scenario,
                   const std::function<std::string(const RunResult&)>& wrong = nothing_wrong,
                   const Schedules& schedules = {}) {
    const std::map<std::string, std::string> sources{{"toy.cpp", toy::source(body_)}};
    return judge::explore_schedules({toy::kit(), image_, sources, "90-toy A.Check", "/tmp", 1},
                                    schedules, std::move(scenario), wrong);
  }

  /// Where `text` stands first.
  [[nodiscard]] int line_of(std::string_view text) const {
    const auto end = body_.begin() + static_cast<std::ptrdiff_t>(body_.find(text));
    return 1 + static_cast<int>(std::count(body_.begin(), end, '\n'));
  }

 private:
  std::string body_;
  judge::Image image_;
};

Scenario solo(const std::string& scene) {
  return Scenario().with(Cast(soloist).give("scene", scene));
}

/// Two actors, each with a pipe to the other.
Scenario duet(const std::string& scene, const std::string& other_scene) {
  Channel there, back;
  return Scenario()
      .with(Cast(actor)
                .give("scene", scene)
                .give("in", std::move(back.read_end))
                .give("out", std::move(there.write_end)))
      .with(Cast(partner)
                .give("scene", other_scene)
                .give("in", std::move(there.read_end))
                .give("out", std::move(back.write_end)));
}

constexpr std::string_view a_student = R"(
namespace lab {
std::string act(std::string_view scene, int in, int out) {
  char c = '?';
  if (scene == "read first" || scene == "both read") (void)!read(in, &c, 1);
  if (scene == "write first" || scene == "read first") (void)!write(out, "x", 1);
  if (scene == "write first") (void)!read(in, &c, 1);
  if (scene == "write two") {
    (void)!write(out, "a", 1);
    (void)!write(out, "b", 1);
  }
  if (scene == "read two") {
    char two[2] = {'-', '-'};
    (void)!read(in, two, 2);
    while (read(in, &c, 1) > 0) {
    }
    return std::string(two, 2);
  }
  if (scene == "lock it twice") {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
  }
  if (scene == "crash") *static_cast<volatile int*>(nullptr) = 1;
  if (scene == "leave") _exit(3);
  if (scene == "throw") throw std::runtime_error("no\nmore");
  if (scene == "forever") while (true) (void)!getppid();
  if (scene == "exec") {
    int ends[2];
    (void)!pipe(ends);
    const pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], 1);
      execlp("greet", "greet", "world", nullptr);
      _exit(127);
    }
    close(ends[1]);
    char name[10] = {};
    (void)!read(ends[0], name, sizeof name);
    int status = 0;
    waitpid(child, &status, 0);
    return name + std::to_string(WEXITSTATUS(status));
  }
  return std::string(1, c);
}
}
)";

TEST(Schedules, FindNothingInWhatIsRight) {
  Stage stage(a_student);
  const Explored explored = stage.explore(duet("read first", "write first"));
  EXPECT_FALSE(explored.finding) << explored.message;
  EXPECT_GT(explored.schedules, 1);
}

TEST(Schedules, TellADeadlockStepByStep) {
  Stage stage(a_student);
  const Explored explored = stage.explore(duet("read first", "both read"));
  ASSERT_EQ(explored.finding, Finding::deadlock);
  EXPECT_THAT(explored.message, AllOf(HasSubstr("actor waits for data from pipe"),
                                      HasSubstr("partner waits for data from pipe"),
                                      HasSubstr("toy.cpp:5"), HasSubstr("step  ")));
  ASSERT_FALSE(explored.where.empty());
  EXPECT_EQ(explored.where[0].file, "toy.cpp");
  EXPECT_EQ(explored.where[0].line, 5);
}

TEST(Schedules, LetTheCheckSayMoreOfADeadlock) {
  Stage stage(a_student);
  const auto who_has_what = [](const std::vector<judge::Waiter>& waiters) {
    std::string text = "In other words:";
    for (const judge::Waiter& one : waiters) {
      text += " " + one.who + " wants " + one.what + " at line " +
              std::to_string(one.where.at(0).line) + ", which " + one.holder + " has since line " +
              std::to_string(one.held_from.at(0).line);
    }
    return text;
  };
  const Explored explored =
      stage.explore(solo("lock it twice"), nothing_wrong, {.about_deadlock = who_has_what});
  ASSERT_EQ(explored.finding, Finding::deadlock);
  const int line = stage.line_of("pthread_mutex_lock(&mutex);");
  EXPECT_THAT(
      explored.message,
      HasSubstr("In other words: soloist wants the mutex at line " + std::to_string(line + 1) +
                ", which soloist has since line " + std::to_string(line)));
}

// What comes of one read(2) depends on who is faster: natively it would be "ab" almost always.
TEST(Schedules, HaveTheCheckLookAtEachRun) {
  Stage stage(a_student);
  std::set<std::string> said;
  const Explored all = stage.explore(duet("write two", "read two"), [&](const RunResult& run) {
    said.insert(run.of(partner).last("said"));
    return "";
  });
  EXPECT_FALSE(all.finding) << all.message;
  EXPECT_THAT(said, ElementsAre("a-", "ab"));
  const Explored first = stage.explore(duet("write two", "read two"), [](const RunResult& run) {
    return run.of(partner).last("said") == "ab" ? "" : "It read one letter.";
  });
  ASSERT_EQ(first.finding, Finding::wrong_result);
  EXPECT_THAT(first.message, AllOf(HasSubstr("It read one letter."), HasSubstr("writes 1 byte"),
                                   HasSubstr("toy.cpp:9")));
}

TEST(Schedules, SayTheSameEveryTime) {
  Stage stage(a_student);
  const std::string first = stage.explore(duet("read first", "both read")).message;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(stage.explore(duet("read first", "both read")).message, first);
  }
}

TEST(Schedules, TellHowARoleEnds) {
  Stage stage(a_student);
  const Explored crash = stage.explore(solo("crash"));
  EXPECT_EQ(crash.finding, Finding::crash);
  EXPECT_THAT(crash.message, HasSubstr("SIGSEGV"));
  const Explored exit = stage.explore(solo("leave"));
  EXPECT_EQ(exit.finding, Finding::wrong_result);
  EXPECT_THAT(exit.message, HasSubstr("`soloist` ended, with status 3, before its work was done"));
  const Explored thrown = stage.explore(solo("throw"));
  EXPECT_EQ(thrown.finding, Finding::wrong_result);
  EXPECT_THAT(thrown.message, HasSubstr("`soloist` threw: no"));
  EXPECT_FALSE(stage.explore(solo("throw").may_throw()).finding);
}

TEST(Schedules, EndWhereARoleDoesNot) {
  Stage stage(a_student);
  const Explored explored = stage.explore(solo("forever"));
  EXPECT_EQ(explored.finding, Finding::livelock) << explored.message;
}

TEST(Schedules, KillARoleBeforeEachOfItsSteps) {
  Stage stage(a_student);
  std::set<std::string> said;
  const Explored explored = stage.explore(duet("write two", "read two"),
                                          [&](const RunResult& run) {
                                            said.insert(run.of(partner).last("said"));
                                            return "";
                                          },
                                          {.killed = actor});
  EXPECT_FALSE(explored.finding) << explored.message;
  EXPECT_THAT(said, ElementsAre("--", "a-", "ab"));
}

TEST(Schedules, KillTwoRolesInOneRun) {
  Stage stage(a_student);
  std::set<std::string> killed;
  const Explored explored = stage.explore(duet("write two", "read two"),
                                          [&](const RunResult& run) {
                                            std::string who;
                                            for (const judge::RoleResult& role : run.roles) {
                                              if (role.status == SIGKILL) who += role.role + " ";
                                            }
                                            killed.insert(who);
                                            return "";
                                          },
                                          {.killed = {actor, partner}});
  EXPECT_FALSE(explored.finding) << explored.message;
  EXPECT_THAT(killed, ElementsAre("", "actor ", "actor partner ", "partner "));
}

// Where both have to die: of one alone nothing is said.
TEST(Schedules, TellOfTwoDeaths) {
  Stage stage(a_student);
  const auto both_gone = [](const RunResult& run) {
    return run.of(actor).status == SIGKILL && run.of(partner).status == SIGKILL ? "Nobody is left."
                                                                                : "";
  };
  const Explored explored =
      stage.explore(duet("write two", "read two"), both_gone, {.killed = {actor, partner}});
  ASSERT_EQ(explored.finding, Finding::wrong_result);
  const std::string& told = explored.message;
  const std::size_t first = told.find("is killed");
  ASSERT_NE(first, std::string::npos) << told;
  EXPECT_NE(told.find("is killed", first + 1), std::string::npos) << told;
}

TEST(Schedules, HaveProgramsOfTheirOwn) {
  Stage stage(a_student);
  std::set<std::string> said;
  const Explored explored = stage.explore(solo("exec"), [&](const RunResult& run) {
    said.insert(run.only().last("said"));
    return "";
  });
  EXPECT_FALSE(explored.finding) << explored.message;
  EXPECT_THAT(said, ElementsAre("world7"));
}

// A check that asks for what cannot be is a mistake of whoever wrote it, and never of the student.
TEST(Schedules, TakeRolesAndPipesOnly) {
  Stage stage(a_student);
  judge::Sink sink;
  EXPECT_THROW(stage.explore(solo("x").with(sink)), std::logic_error);
  EXPECT_THROW(stage.explore(Scenario().with(
                   Cast(soloist).give("scene", "x").fault({subject::call_read, 1, 1, EINTR, 0}))),
               std::logic_error);
}

// A submission that writes over the engine's books has no schedule, and passes no check.
TEST(Schedules, AreNotBelievedWhenSomebodyElseWritesThem) {
  Stage stage(R"(
namespace lab {
std::string act(std::string_view, int, int) {
  const char* name = "/proc/self/maps";
  int maps = open(name, O_RDONLY);
  std::string all(1 << 16, 0);
  all.resize(read(maps, all.data(), all.size()));
  const auto at = all.find("memfd:interleave");
  const auto line = all.rfind('\n', at) + 1;
  auto* segment = reinterpret_cast<unsigned char*>(std::stoul(all.substr(line), nullptr, 16));
  memset(segment + 64, 0x55, 4 << 20);
  return "";
}
}
)");
  const Explored explored = stage.explore(solo("x"));
  EXPECT_TRUE(explored.finding) << explored.message;
}

TEST(Playbill, ArrivesAsItWasSent) {
  subject::Playbill bill;
  bill.capacities = {0, 4096};
  bill.scratch = {"/tmp", "/dev/shm"};
  subject::Playbill::Part part;
  part.role = "a role";
  part.arguments = {{"empty", ""}, {"with 12 blanks ", std::string("a\0b 3 ", 6)}};
  part.ends = {{"in", {1, false}}, {"out", {0, true}}};
  part.payload = std::string("\0\xff 9", 4);
  bill.parts = {part, {}};
  const subject::Playbill got = subject::decode(subject::encode(bill));
  EXPECT_EQ(got.capacities, bill.capacities);
  EXPECT_EQ(got.scratch, bill.scratch);
  ASSERT_EQ(got.parts.size(), 2);
  EXPECT_EQ(got.parts[0].role, part.role);
  EXPECT_EQ(got.parts[0].arguments, part.arguments);
  EXPECT_EQ(got.parts[0].payload, part.payload);
  EXPECT_EQ(got.parts[0].ends.at("in").pipe, 1);
  EXPECT_TRUE(got.parts[0].ends.at("out").writes);
}

}  // namespace
