/// Hangs that everybody who learns this makes once, and what is said of each.

#include "common/judge/autopsy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "common/judge/processes.h"
#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::Cast;
using judge::Channel;
using judge::RunResult;
using judge::Scenario;
using judge::Sink;
using judge::Source;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view hanging_student = R"(
void read_a_byte(int fd) { char c; (void)!read(fd, &c, 1); }
std::string lab::act(std::string_view scene, int in, int out) {
  int ends[2];
  (void)!pipe(ends);
  if (scene == "own pipe") {
    read_a_byte(ends[0]);
  }
  if (scene == "child's copy") {
    if (fork() == 0) { pause(); }
    close(ends[1]);
    read_a_byte(ends[0]);
  }
  if (scene == "own full pipe") for (char piece[4096] = {};;) (void)!write(ends[1], piece, 4096);
  if (scene == "cat has no end") {
    const pid_t child = fork();
    if (child == 0) { dup2(ends[0], 0); execlp("cat", "cat", nullptr); }
    waitpid(child, nullptr, 0);
  }
  if (scene == "closed for cat") {
    const pid_t child = fork();
    if (child == 0) { dup2(ends[0], 0); close(ends[1]); execlp("cat", "cat", nullptr); }
    close(ends[0]), close(ends[1]);
    waitpid(child, nullptr, 0);
  }
  if (scene == "read") read_a_byte(in);
  if (scene == "write") for (char piece[4096] = {};;) (void)!write(out, piece, 4096);
  if (scene == "fifo") { mkfifo("fifo", 0600); (void)!open("fifo", O_RDONLY); }
  if (scene == "lock") {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
  }
  if (scene == "queue") {
    mq_attr attributes{};
    attributes.mq_maxmsg = attributes.mq_msgsize = 1;
    const mqd_t queue = mq_open("/ipclab-autopsy", O_RDWR | O_CREAT, 0600, &attributes);
    for (;;) mq_send(queue, "x", 1, 0);
  }
  if (scene == "poll") { pollfd event{ends[0], POLLIN, 0}; poll(&event, 1, -1); }
  if (scene == "accept") {
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un nowhere{AF_UNIX, "listener"};
    bind(listener, reinterpret_cast<const sockaddr*>(&nowhere), sizeof nowhere);
    listen(listener, 1);
    accept(listener, nullptr, nullptr);
  }
  if (scene == "stop") raise(SIGSTOP);
  if (scene == "pause") pause();
  if (scene == "sleep") sleep(1000);
  if (scene == "short sleep") usleep(300000);
  return "done";
}
)";

class Autopsy : public testing::Test {
 protected:
  RunResult hang(const std::string& scene) {
    RunResult run = subject_.play(scene);
    EXPECT_TRUE(run.deadlock) << toy::said(run);
    return run;
  }
  toy::Subject subject_{hanging_student};
};

TEST_F(Autopsy, FindsWhoWaitsForTheEndOfItsOwnPipe) {
  const RunResult run = hang("own pipe");
  EXPECT_THAT(run.autopsy.sentences,
              ElementsAre("`soloist` waits for data or end-of-file on a pipe (descriptor 3) whose "
                          "write end is still open in process `soloist` as descriptor 4."));
  EXPECT_THAT(run.autopsy.where,
              Contains(judge::Place{"toy.cpp", 2, "`soloist` is here, in read_a_byte"}));
}

TEST_F(Autopsy, FindsTheCopyInAChild) {
  const RunResult run = hang("child's copy");
  EXPECT_THAT(run.autopsy.sentences,
              Contains(AllOf(HasSubstr("waits for data or end-of-file on a pipe (descriptor 3)"),
                             HasSubstr("still open in process `soloist` (process "),
                             HasSubstr("as descriptor 4"))));
}

TEST_F(Autopsy, FindsWhoFillsAPipeThatItDoesNotRead) {
  EXPECT_THAT(hang("own full pipe").autopsy.sentences,
              ElementsAre("`soloist` waits for room in a full pipe (descriptor 4) whose read end "
                          "is open in process `soloist` as descriptor 3."));
}

// The classic: `cat` holds the write end of the pipe that it reads from.
TEST_F(Autopsy, NamesTheProgramThatWaitsAndEverybodyWhoHoldsTheOtherEnd) {
  const RunResult run = hang("cat has no end");
  EXPECT_THAT(run.autopsy.sentences,
              UnorderedElementsAre(
                  "`soloist` waits for its child `cat` to end.",
                  "`cat` waits for data or end-of-file on a pipe (descriptor 0) whose write end is "
                  "still open in process `soloist` as descriptor 4 and process `cat` as "
                  "descriptor 4."));
}

TEST_F(Autopsy, IsNotCalledWhenEveryEndIsClosed) {
  const RunResult run = subject_.play("closed for cat");
  EXPECT_FALSE(run.deadlock);
  EXPECT_EQ(toy::said(run), "done");
}

TEST_F(Autopsy, SpeaksOfTheJudgesEndAsTheOtherSide) {
  Source source({}, {.pieces = {}, .close_at_end = false});
  Sink sink;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(actor)
                                                   .give("scene", "read")
                                                   .give("in", source.read_end())
                                                   .give("out", sink.write_end()))
                                         .with(source)
                                         .with(sink));
  EXPECT_TRUE(run.deadlock);
  EXPECT_THAT(run.autopsy.sentences,
              ElementsAre(AllOf(HasSubstr("whose write end is still open in the process at the "
                                          "other end, which has no more to write now"))));
}

TEST_F(Autopsy, FindsTwoWhoWaitForEachOther) {
  Channel there, back;
  const RunResult run = subject_.run(Scenario()
                                         .with(Cast(actor)
                                                   .give("scene", "read")
                                                   .give("in", std::move(back.read_end))
                                                   .give("out", std::move(there.write_end)))
                                         .with(Cast(actor)
                                                   .give("scene", "read")
                                                   .give("in", std::move(there.read_end))
                                                   .give("out", std::move(back.write_end))));
  EXPECT_TRUE(run.deadlock);
  EXPECT_EQ(run.autopsy.sentences.size(), 2U);
  EXPECT_THAT(run.autopsy.sentences, Contains(HasSubstr("`actor` (process ")));
}

TEST_F(Autopsy, KnowsOtherWaysToWait) {
  EXPECT_THAT(hang("fifo").autopsy.sentences,
              ElementsAre("`soloist` waits in open(2) for another process to open the other end of "
                          "the FIFO."));
  EXPECT_THAT(hang("lock").autopsy.sentences,
              ElementsAre("`soloist` waits in futex(2) for a lock or another thread."));
  EXPECT_THAT(hang("poll").autopsy.sentences,
              ElementsAre("`soloist` waits in poll(2) for an event that cannot come any more."));
  EXPECT_THAT(hang("accept").autopsy.sentences,
              ElementsAre("`soloist` waits in accept(2) for an event that cannot come any more."));
  EXPECT_THAT(hang("pause").autopsy.sentences, ElementsAre("`soloist` waits for a signal."));
  EXPECT_THAT(hang("stop").autopsy.sentences,
              ElementsAre("`soloist` has been stopped by a signal."));
}

TEST_F(Autopsy, NamesTheQueueThatIsFull) {
  EXPECT_THAT(hang("queue").autopsy.sentences,
              ElementsAre("`soloist` waits for room in the message queue /ipclab-autopsy "
                          "(descriptor 5), which is full."));
}

// Who sleeps goes on by himself: that is no deadlock, and ends when patience does.
TEST_F(Autopsy, TakesASleepForNoDeadlock) {
  const RunResult run = subject_.play("sleep");
  EXPECT_FALSE(run.deadlock);
  EXPECT_TRUE(run.too_long);
  EXPECT_THAT(run.autopsy.sentences, ElementsAre("`soloist` sleeps."));
  EXPECT_EQ(toy::said(subject_.play("short sleep")), "done");
}

TEST_F(Autopsy, SaysTheSameEveryTime) {
  const std::vector<std::string> first = hang("cat has no end").autopsy.sentences;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(hang("cat has no end").autopsy.sentences, first);
}

/// A process that waits as a zygote does, with one child that does what it is told.
pid_t zygote_with(void (*child)()) {
  const pid_t zygote = ::fork();
  if (zygote != 0) return zygote;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    child();
  }
  while (true) ::poll(nullptr, 0, -1);
}

// On a machine that has no time for it, it looks like this for minutes. That must not be taken for
// a wait, whoever wonders why nothing happens.
TEST(Look, SeesWhoCouldGoOn) {
  const pid_t spins = zygote_with([] {
    while (true) (void)::getppid();
  });
  const pid_t waits = zygote_with([] {
    while (true) ::pause();
  });
  const auto both_are_there = [](pid_t zygote) {
    const judge::Stillness now = judge::look(zygote);
    return now.zygote.state == 'S' && now.processes.size() == 1;
  };
  while (!both_are_there(spins)) ::sched_yield();
  EXPECT_TRUE(judge::look(spins).runnable);
  while (!both_are_there(waits) || !judge::look(waits).all_blocked) ::sched_yield();
  EXPECT_FALSE(judge::look(waits).runnable);
  for (const pid_t zygote : {spins, waits}) {
    ::kill(zygote, SIGKILL);
    ::waitpid(zygote, nullptr, 0);
  }
}

// Both are clone(2), and both can be met asleep: fork(2) for a moment in which the kernel waits for
// itself, as on a busy machine.
TEST(Waiting, ForAChildIsWhatVforkDoesAndForkDoesNot) {
  judge::ThreadState thread;
  thread.state = 'D';
  thread.call = SYS_clone;
  thread.arguments[0] = SIGCHLD;
  EXPECT_EQ(judge::waiting_of(thread).what, judge::Waiting::For::nothing);
  thread.arguments[0] = CLONE_VM | CLONE_VFORK | SIGCHLD;
  EXPECT_EQ(judge::waiting_of(thread).what, judge::Waiting::For::child);
}

}  // namespace
