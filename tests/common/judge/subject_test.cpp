/// What a run tells of the processes in it: how each ended, and what each left behind.

#include "common/judge/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "common/judge/random.h"
#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::Bytes;
using judge::Cast;
using judge::Channel;
using judge::RunResult;
using judge::Scenario;
using judge::Sink;
using judge::Source;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view working_student = R"(
std::string lab::act(std::string_view scene, int in, int out) {
  if (scene == "crash") *static_cast<volatile int*>(nullptr) = 1;
  if (scene == "exit") exit(7);
  if (scene == "throw") throw std::runtime_error("no more");
  if (scene == "throw a number") throw 42;
  if (scene == "system error") throw ipc::SystemError("read", ECONNRESET);
  if (scene == "print") { (void)!write(1, "out ", 4); (void)!write(2, "err", 3); }
  if (scene == "flood") for (char piece[4096] = {}; write(1, piece, sizeof piece) > 0;) {}
  if (scene == "leak") (void)open("/dev/null", O_RDONLY);
  if (scene == "mappings") {
    const int memory = shm_open("/kept", O_CREAT | O_RDWR, 0600);
    (void)!ftruncate(memory, 20480);
    auto* at = (char*)mmap(nullptr, 20480, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    munmap(at + 4096, 4096), munmap(at + 12288, 4096);
    close(memory), shm_unlink("/kept");
    (void)mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    (void)mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (scene == "naps") for (int i = 0; i < 10; ++i) usleep(100000);
  if (scene == "zombie") if (fork() == 0) _exit(0);
  if (scene == "child") if (fork() == 0) pause();
  if (scene == "daemon") if (fork() == 0) { setsid(); if (fork() == 0) pause(); _exit(0); }
  if (scene == "thread") std::thread([] { pause(); }).detach();
  if (scene == "shell") (void)!system("true");
  if (scene == "litter") (void)creat("forgotten", 0600);
  if (scene == "look") return access("forgotten", F_OK) == 0 ? "still there" : "clean";
  if (scene == "endless") for (volatile int i = 0;; i = i + 1) {}
  if (scene == "memory") for (std::vector<char*> all;;) {
    all.push_back(new char[1 << 20]);
    memset(all.back(), 1, 1 << 20);
  }
  if (scene == "children's memory") for (int i = 0; i < 6; ++i) if (fork() == 0) {
    memset(new char[256 << 20], 1, 256 << 20);
    pause();
  }
  if (scene == "children's memory") while (wait(nullptr) > 0) {}
  if (scene == "condition") {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_cond_t condition;
    return std::to_string(pthread_cond_init(&condition, &attributes));
  }
  if (scene == "copy") {
    char piece[1000];
    for (ssize_t n; (n = read(in, piece, sizeof piece)) > 0;) (void)!write(out, piece, size_t(n));
    close(in), close(out);
  }
  return "done";
}
)";

class SubjectRuns : public testing::Test {
 protected:
  toy::Subject subject_{working_student};
};

TEST_F(SubjectRuns, AndReportsWhatARoleSays) {
  const RunResult run = subject_.play("nothing");
  EXPECT_EQ(run.only().how, "returned");
  EXPECT_EQ(toy::said(run), "done");
  EXPECT_TRUE(WIFEXITED(run.only().status) && WEXITSTATUS(run.only().status) == 0);
  EXPECT_THAT(run.only().leaks, IsEmpty());
  EXPECT_THAT(run.only().mappings, IsEmpty());
  EXPECT_THAT(run.only().children, IsEmpty());
  EXPECT_THAT(run.litter, IsEmpty());
  EXPECT_THAT(run.strays, IsEmpty());
  EXPECT_EQ(run.only().threads, 1);
  EXPECT_FALSE(run.deadlock || run.livelock || run.too_long || run.too_much_memory);
}

TEST_F(SubjectRuns, AndSeesACrashWhereItHappens) {
  const RunResult run = subject_.play("crash");
  EXPECT_EQ(run.only().how, "");
  ASSERT_TRUE(WIFSIGNALED(run.only().status));
  EXPECT_EQ(WTERMSIG(run.only().status), SIGSEGV);
  ASSERT_FALSE(run.only().crash.empty());
  EXPECT_EQ(run.only().crash.front(), (judge::Place{"toy.cpp", 3, "lab::act"}));
}

TEST_F(SubjectRuns, AndSeesAnExit) {
  const RunResult run = subject_.play("exit");
  EXPECT_EQ(run.only().how, "");
  ASSERT_TRUE(WIFEXITED(run.only().status));
  EXPECT_EQ(WEXITSTATUS(run.only().status), 7);
}

TEST_F(SubjectRuns, AndTellsExceptionsApart) {
  EXPECT_EQ(subject_.play("throw").only().how, "exception");
  EXPECT_EQ(subject_.play("throw").only().what, "no more");
  EXPECT_EQ(subject_.play("throw a number").only().how, "exception");
  const RunResult run = subject_.play("system error");
  EXPECT_EQ(run.only().how, "system-error");
  EXPECT_EQ(run.only().error(), ECONNRESET);
}

TEST_F(SubjectRuns, AndKeepsWhatARolePrints) {
  EXPECT_EQ(subject_.play("print").only().output, "out err");
}

// Who prints without end gets a closed pipe, and the judge does not grow.
TEST_F(SubjectRuns, AndEndsAFloodOfOutput) {
  const RunResult run = subject_.play("flood");
  EXPECT_LT(run.only().output.size(), std::size_t{2} << 20);
  ASSERT_TRUE(WIFSIGNALED(run.only().status));
  EXPECT_EQ(WTERMSIG(run.only().status), SIGPIPE);
}

TEST_F(SubjectRuns, AndSeesADescriptorThatStaysOpen) {
  const RunResult run = subject_.play("leak");
  ASSERT_EQ(run.only().leaks.size(), 1U);
  EXPECT_EQ(run.only().leaks[0].object, "/dev/null");
}

TEST_F(SubjectRuns, AndSeesMemoryThatStaysMapped) {
  EXPECT_THAT(
      subject_.play("mappings").only().mappings,
      ElementsAre("/dev/shm/kept (deleted) (12288 bytes)", "anonymous shared memory (4096 bytes)"));
}

TEST_F(SubjectRuns, AndSeesChildrenThatAreLeft) {
  EXPECT_THAT(subject_.play("zombie").only().children, ElementsAre("`soloist` (a zombie)"));
  EXPECT_THAT(subject_.play("child").only().children, ElementsAre("`soloist` (still running)"));
}

TEST_F(SubjectRuns, AndSeesWhoOutlivesHisParent) {
  const RunResult run = subject_.play("daemon");
  EXPECT_THAT(run.strays, ElementsAre("`soloist`"));
  EXPECT_THAT(subject_.play("nothing").strays, IsEmpty()) << "it outlived its run";
}

// There are two versions of pthread_cond_init in libc, and the old one knows no attributes.
TEST_F(SubjectRuns, WithTodaysLibc) { EXPECT_EQ(toy::said(subject_.play("condition")), "0"); }

TEST_F(SubjectRuns, AndCountsThreads) { EXPECT_EQ(subject_.play("thread").only().threads, 2); }

TEST_F(SubjectRuns, AndCountsCallsOfAShell) {
  EXPECT_EQ(subject_.play("shell").only().shell_calls, 1U);
  EXPECT_EQ(subject_.play("nothing").only().shell_calls, 0U);
}

TEST_F(SubjectRuns, AndFindsLitterAndTakesItAway) {
  const RunResult run = subject_.play("litter");
  ASSERT_EQ(run.litter.size(), 1U);
  EXPECT_THAT(run.litter[0], HasSubstr("forgotten"));
  EXPECT_EQ(toy::said(subject_.play("look")), "clean");
}

TEST_F(SubjectRuns, AndEndsWhatWorksWithoutEnd) {
  const RunResult run = subject_.play("endless");
  EXPECT_TRUE(run.livelock);
  EXPECT_FALSE(run.deadlock);
}

TEST_F(SubjectRuns, AndBoundsMemory) {
  const RunResult alone = subject_.play("memory");
  EXPECT_NE(alone.only().how, "returned");
  EXPECT_TRUE(subject_.play("children's memory").too_much_memory) << "six times 256 MiB";
  EXPECT_EQ(subject_.play("nothing").only().how, "returned") << "the next run is as good as new";
}

TEST_F(SubjectRuns, AndMovesBytesThroughTheJudgesPipes) {
  const Bytes bytes = judge::Random(1, "copy").bytes(100'000);
  Source source(bytes, {.pieces = {1, 4096, 7}});
  Sink sink;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(actor)
                                                   .give("scene", "copy")
                                                   .give("in", source.read_end())
                                                   .give("out", sink.write_end()))
                                         .with(source)
                                         .with(sink));
  EXPECT_EQ(toy::said(run), "done");
  EXPECT_EQ(sink.bytes(), bytes);
  EXPECT_TRUE(sink.at_end());
}

TEST_F(SubjectRuns, TwoRolesSideBySide) {
  const Bytes bytes = judge::Random(1, "chain").bytes(300'000);  // more than a pipe takes
  Source source(bytes, {});
  Sink sink;
  Channel between;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(actor)
                                                   .give("scene", "copy")
                                                   .give("in", source.read_end())
                                                   .give("out", std::move(between.write_end)))
                                         .with(Cast(actor)
                                                   .give("scene", "copy")
                                                   .give("in", std::move(between.read_end))
                                                   .give("out", sink.write_end()))
                                         .with(source)
                                         .with(sink));
  EXPECT_FALSE(run.deadlock);
  EXPECT_EQ(sink.bytes(), bytes);
}

TEST_F(SubjectRuns, AndHandsARoleWhatItIsToSend) {
  const Bytes bytes = judge::Random(1, "payload").bytes(70'000);
  const RunResult run = subject_.run(Scenario().with(Cast(echo).payload(bytes)));
  ASSERT_NE(run.only().reported("said"), nullptr);
  EXPECT_EQ(*run.only().reported("said"), bytes);
}

TEST_F(SubjectRuns, AndLetsAPatientRoleGoOn) {
  int asked = 0;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(patient).give("scene", "nothing"))
                                         .when_quiet([&](judge::Observer& observer) {
                                           ++asked;
                                           EXPECT_EQ(observer.so_far(patient).reports.size(), 1U);
                                           observer.let_go(patient);
                                           return true;
                                         }));
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(run.only().all("said"), ElementsAre("done", "done"));
}

// One waits for the judge, and another looks around every now and then meanwhile.
TEST_F(SubjectRuns, AndTakesAWaitWithATimeoutForOneIfTheCheckSaysSo) {
  bool was_quiet = false;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(soloist).give("scene", "naps"))
                                         .with(Cast(patient).give("scene", "nothing"))
                                         .when_quiet([&](judge::Observer& observer) {
                                           const bool acts = !was_quiet;
                                           was_quiet = true;
                                           if (acts) observer.let_go(patient);
                                           return acts;
                                         })
                                         .with_timeouts());
  EXPECT_TRUE(was_quiet);
  EXPECT_THAT(run.of(patient).all("said"), ElementsAre("done", "done"));
  EXPECT_FALSE(run.deadlock);
}

TEST_F(SubjectRuns, AndKillsARoleThatACheckKills) {
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(patient).give("scene", "nothing"))
                                         .may_be_killed()
                                         .when_quiet([](judge::Observer& observer) {
                                           observer.kill(patient);
                                           return true;
                                         }));
  ASSERT_TRUE(WIFSIGNALED(run.only().status));
  EXPECT_EQ(WTERMSIG(run.only().status), SIGKILL);
  EXPECT_THAT(run.only().all("said"), ElementsAre("done"));
}

TEST_F(SubjectRuns, AndSaysWhichRoleThereIsNot) {
  const RunResult run = subject_.run(Scenario().with(Cast(judge::Role{"nobody"})));
  EXPECT_TRUE(run.only().broken);
  EXPECT_THAT(run.only().what, HasSubstr("nobody"));
}

}  // namespace
