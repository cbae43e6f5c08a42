/// Calls that fail on demand: which calls a rule counts, and what those that meet it do.

#include "common/subject/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/judge/random.h"
#include "tests/common/judge/toy/toy_subject.h"

namespace {

using judge::Bytes;
using judge::Cast;
using judge::RunResult;
using judge::Scenario;
using judge::Sink;
using judge::Source;
using subject::FaultRule;

// Each scene says what its calls returned: a count, or the name of an errno.
constexpr std::string_view student = R"(
std::string result(ssize_t n) {
  return (n < 0 ? strerrorname_np(errno) : std::to_string(n)) + std::string(" ");
}
std::string lab::act(std::string_view scene, int in, int out) {
  char piece[100] = {};
  iovec parts[2] = {{piece, 10}, {piece + 10, 90}};
  int ends[2];
  std::string said;
  if (scene == "write 4 times") for (int i = 0; i < 4; ++i) said += result(write(out, piece, 100));
  if (scene == "writev") said += result(writev(out, parts, 2));
  if (scene == "read 4 times") for (int i = 0; i < 4; ++i) said += result(read(in, piece, 100));
  if (scene == "readv") said += result(readv(in, parts, 2));
  if (scene == "read and write") for (int i = 0; i < 3; ++i) {
    said += result(read(in, piece, 10));
    said += result(write(out, piece, 10));
  }
  if (scene == "pipes") for (int i = 0; i < 3; ++i) said += result(pipe(ends));
  if (scene == "pipe2") said += result(pipe2(ends, O_CLOEXEC));
  if (scene == "open") {
    said += result(open("/dev/null", O_RDONLY));
    said += result(openat(AT_FDCWD, "/dev/null", O_RDONLY));
  }
  if (scene == "poll") { pollfd event{in, POLLIN, 0}; said += result(poll(&event, 1, 0)); }
  if (scene == "fork") said += fork() < 0 ? strerrorname_np(errno) : "child";
  if (scene == "wait") {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    for (int i = 0; i < 2; ++i) said += waitpid(child, nullptr, 0) == child ? "child " : result(-1);
  }
  if (scene == "child writes") {
    const pid_t child = fork();
    if (child == 0) _exit(write(out, piece, 100) == 100 ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    said += WEXITSTATUS(status) == 0 ? "child: all " : "child: not all ";
    said += result(write(out, piece, 100));
  }
  if (scene == "locks") {
    const auto returned = [](int error) {
      return error == 0 ? std::string("0 ") : strerrorname_np(error) + std::string(" ");
    };
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    sem_t semaphore;
    errno = 7;
    said += returned(pthread_mutex_init(&mutex, nullptr));
    said += returned(pthread_cond_init(&condition, nullptr));
    said += result(sem_init(&semaphore, 0, 0));
    said += std::to_string(errno) + " ";
  }
  if (scene == "map") {
    const int memory = shm_open("/faults-test", O_CREAT | O_RDWR, 0600);
    said += memory < 0 ? result(-1) : "opened ";
    said += result(ftruncate(memory, 4096));
    const int error = posix_fallocate(memory, 0, 4096);
    said += error == 0 ? "0 " : strerrorname_np(error) + std::string(" ");
    void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, memory, 0);
    said += mapped == MAP_FAILED ? result(-1) : "mapped ";
    shm_unlink("/faults-test");
  }
  if (scene == "queue") {
    mq_attr attributes{};
    attributes.mq_maxmsg = 2, attributes.mq_msgsize = 8;
    const mqd_t queue = mq_open("/faults-test", O_CREAT | O_RDWR, 0600, &attributes);
    const timespec soon{4'000'000'000, 0};
    said += queue < 0 ? result(-1) : "opened ";
    said += result(mq_send(queue, "one", 3, 0));
    said += result(mq_timedsend(queue, "four", 4, 0, &soon));
    said += result(mq_receive(queue, piece, 8, nullptr));
    said += result(mq_timedreceive(queue, piece, 8, nullptr, &soon));
    mq_unlink("/faults-test");
  }
  if (scene == "semaphore") {
    sem_t semaphore;
    sem_init(&semaphore, 0, 3);
    const timespec soon{4'000'000'000, 0};
    said += result(sem_wait(&semaphore));
    said += result(sem_timedwait(&semaphore, &soon));
    said += result(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &soon));
  }
  if (scene == "connection") {
    sockaddr_un address{AF_UNIX, "/tmp/faults-test"};
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    const int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    said += server < 0 || client < 0 ? result(-1) : "made ";
    said += result(bind(server, to, sizeof address));
    said += result(listen(server, 1));
    said += result(connect(client, to, sizeof address));
    const int accepted = accept(server, nullptr, nullptr);
    said += accepted < 0 ? result(-1) : "accepted ";
    unlink("/tmp/faults-test");
  }
  if (scene == "messages") {
    iovec list[2] = {{piece, 60}, {piece + 60, 40}};
    msghdr message{};
    message.msg_iov = list, message.msg_iovlen = 2;
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    for (int i = 0; i < 2; ++i) said += result(send(ends[0], piece, 100, 0));
    said += result(sendto(ends[0], piece, 100, 0, nullptr, 0));
    said += result(sendmsg(ends[0], &message, 0));
    for (int i = 0; i < 2; ++i) said += result(recv(ends[1], piece, 50, 0));
    said += result(recvfrom(ends[1], piece, 50, 0, nullptr, nullptr));
    said += result(recvmsg(ends[1], &message, 0)) + std::to_string(message.msg_iovlen);
  }
  return said;
}
)";

class Fault : public testing::Test {
 protected:
  struct Played {
    std::string said;
    std::uint32_t met = 0;
    std::size_t arrived = 0;
  };
  Played play(const std::string& scene, const std::vector<FaultRule>& rules) {
    Source source(judge::Random(1, "faults").bytes(1000), {});
    Sink sink;
    Cast cast = Cast(actor)
                    .give("scene", scene)
                    .give("in", source.read_end())
                    .give("out", sink.write_end());
    cast.faults = rules;
    const RunResult run = subject_.run(Scenario().with(std::move(cast)).with(source).with(sink));
    return {toy::said(run), run.only().met[0], sink.bytes().size()};
  }
  toy::Subject subject_{student};
};

TEST_F(Fault, HitsNoCallWithoutARule) {
  const Played played = play("write 4 times", {});
  EXPECT_EQ(played.said, "100 100 100 100 ");
  EXPECT_EQ(played.met, 0U);
  EXPECT_EQ(played.arrived, 400U);
}

TEST_F(Fault, HitsTheCallWithItsNumberAlone) {
  const Played played = play("write 4 times", {{subject::call_write, 2, 1, EINTR, 0}});
  EXPECT_EQ(played.said, "100 EINTR 100 100 ");
  EXPECT_EQ(played.met, 1U);
  EXPECT_EQ(played.arrived, 300U) << "a call that fails moves nothing";
}

TEST_F(Fault, HitsAsManyCallsAsTheRuleSays) {
  const Played played = play("write 4 times", {{subject::call_write, 2, 2, ENOSPC, 0}});
  EXPECT_EQ(played.said, "100 ENOSPC ENOSPC 100 ");
  EXPECT_EQ(played.met, 2U);
}

TEST_F(Fault, IsNotMetByAProgramThatMakesTooFewCalls) {
  EXPECT_EQ(play("write 4 times", {{subject::call_write, 5, 1, EINTR, 0}}).met, 0U);
}

// The call is really made with less: the bytes that it says it took have gone.
TEST_F(Fault, ShortensACallAndMovesWhatItSays) {
  const Played played = play("write 4 times", {{subject::call_write, 1, 3, 0, 7}});
  EXPECT_EQ(played.said, "7 7 7 100 ");
  EXPECT_EQ(played.arrived, 121U);
}

TEST_F(Fault, ShortensReadsToo) {
  EXPECT_EQ(play("read 4 times", {{subject::call_read, 2, 1, 0, 1}}).said, "100 1 100 100 ");
  EXPECT_EQ(play("read 4 times", {{subject::call_read, 1, 1, EIO, 0}}).said, "EIO 100 100 100 ");
}

TEST_F(Fault, ShortensInsideAndBehindTheFirstPart) {
  EXPECT_EQ(play("writev", {{subject::call_write, 1, 1, 0, 4}}).said, "4 ");
  EXPECT_EQ(play("writev", {{subject::call_write, 1, 1, 0, 25}}).said, "25 ");
  EXPECT_EQ(play("readv", {{subject::call_read, 1, 1, 0, 25}}).said, "25 ");
}

TEST_F(Fault, CountsEachFamilyForItself) {
  EXPECT_EQ(play("read and write", {{subject::call_write, 2, 1, EPIPE, 0}}).said,
            "10 10 10 EPIPE 10 10 ");
  EXPECT_EQ(
      play("read and write", {{subject::call_read | subject::call_write, 2, 1, EINTR, 0}}).said,
      "10 EINTR 10 10 10 10 ")
      << "a rule for two families counts both together";
}

TEST_F(Fault, RulesWorkSideBySide) {
  EXPECT_EQ(play("read and write",
                 {{subject::call_write, 1, 1, EINTR, 0}, {subject::call_read, 2, 1, 0, 3}})
                .said,
            "10 EINTR 3 10 10 10 ");
}

TEST_F(Fault, HitsCallsThatMakeDescriptors) {
  EXPECT_EQ(play("pipes", {{subject::call_pipe, 2, 1, EMFILE, 0}}).said, "0 EMFILE 0 ");
  EXPECT_EQ(play("pipe2", {{subject::call_pipe, 1, 1, EMFILE, 0}}).said, "EMFILE ");
  EXPECT_EQ(play("open", {{subject::call_open, 1, 2, EACCES, 0}}).said, "EACCES EACCES ");
}

TEST_F(Fault, HitsForkWaitAndPoll) {
  EXPECT_EQ(play("fork", {{subject::call_fork, 1, 1, EAGAIN, 0}}).said, "EAGAIN");
  EXPECT_EQ(play("wait", {{subject::call_wait, 1, 1, EINTR, 0}}).said, "EINTR child ");
  EXPECT_EQ(play("poll", {{subject::call_poll, 1, 1, EINTR, 0}}).said, "EINTR ");
}

TEST_F(Fault, HitsCallsThatMapMemory) {
  EXPECT_EQ(play("map", {}).said, "opened 0 0 mapped ");
  EXPECT_EQ(play("map", {{subject::call_map, 1, 1, EMFILE, 0}}).said, "EMFILE EBADF EBADF EBADF ");
  EXPECT_EQ(play("map", {{subject::call_map, 2, 3, ENOMEM, 0}}).said,
            "opened ENOMEM ENOMEM ENOMEM ");
}

TEST_F(Fault, HitsCallsOfMessageQueues) {
  EXPECT_EQ(play("queue", {}).said, "opened 0 0 3 4 ");
  EXPECT_EQ(play("queue", {{subject::call_queue_open, 1, 1, ENOSPC, 0}}).said,
            "ENOSPC EBADF EBADF EBADF EBADF ");
  EXPECT_EQ(play("queue", {{subject::call_queue, 1, 4, EINTR, 0}}).said,
            "opened EINTR EINTR EINTR EINTR ");
}

TEST_F(Fault, HitsSemaphores) {
  EXPECT_EQ(play("semaphore", {{subject::call_semaphore, 1, 3, EINTR, 0}}).said,
            "EINTR EINTR EINTR ");
}

TEST_F(Fault, HitsTheMakingOfLocks) {
  EXPECT_EQ(play("locks", {}).said, "0 0 0 7 ");
  // Those of pthreads return the error, and leave errno alone.
  EXPECT_EQ(play("locks", {{subject::call_lock_init, 1, 2, ENOMEM, 0}}).said, "ENOMEM ENOMEM 0 7 ");
  EXPECT_EQ(play("locks", {{subject::call_lock_init, 3, 1, ENOSPC, 0}}).said, "0 0 ENOSPC 28 ");
}

TEST_F(Fault, HitsCallsThatConnect) {
  EXPECT_EQ(play("connection", {}).said, "made 0 0 0 accepted ");
  EXPECT_EQ(play("connection", {{subject::call_connect, 3, 3, ENOBUFS, 0}}).said,
            "made ENOBUFS ENOBUFS ENOBUFS EINVAL ");
  EXPECT_EQ(play("connection", {{subject::call_accept, 1, 1, EMFILE, 0}}).said,
            "made 0 0 0 EMFILE ");
}

TEST_F(Fault, ShortensWhatSocketsTakeAndGive) {
  EXPECT_EQ(play("messages", {}).said, "100 100 100 100 50 50 50 100 2");
  EXPECT_EQ(
      play("messages", {{subject::call_write, 2, 2, 0, 7}, {subject::call_read, 2, 1, 0, 3}}).said,
      "100 7 7 100 50 3 50 100 2");
  EXPECT_EQ(
      play("messages", {{subject::call_write, 4, 1, 0, 70}, {subject::call_read, 4, 1, 0, 70}})
          .said,
      "100 100 100 70 50 50 50 70 2");
}

// Which process calls first depends on the kernel's schedule, and a report must not.
TEST_F(Fault, SparesChildren) {
  EXPECT_EQ(play("child writes", {{subject::call_write, 1, 1, 0, 7}}).said, "child: all 7 ");
}

}  // namespace
