#include "common/judge/peer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "common/judge/random.h"

namespace {

using judge::Bytes;
using judge::Sink;
using judge::Source;

// What a role's read(2) gives; -1 and EAGAIN where a role would wait.
ssize_t read_some(const ipc::UniqueFd& fd, Bytes& into, std::size_t most = 1 << 20) {
  Bytes buffer(most);
  ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
  if (n > 0) into.insert(into.end(), buffer.begin(), buffer.begin() + n);
  return n;
}

Bytes some_bytes(std::size_t size) { return judge::Random(1, "peer").bytes(size); }

TEST(Source, GivesOnePieceToARead) {
  const Bytes bytes = some_bytes(9);
  Source source(bytes, {.pieces = {3, 1, 5}});
  const ipc::UniqueFd end = source.read_end();
  Bytes got;
  for (const ssize_t size : {3, 1, 5}) {
    // However much room there is, and however often the judge is given the chance to write more.
    source.act();
    source.act();
    EXPECT_EQ(read_some(end, got), size);
    source.act();
  }
  EXPECT_EQ(read_some(end, got), 0) << "the end of the stream comes after the last piece";
  EXPECT_EQ(got, bytes);
}

TEST(Source, RepeatsTheLastPiece) {
  Source source(some_bytes(7), {.pieces = {1, 2}});
  const ipc::UniqueFd end = source.read_end();
  Bytes got;
  for (const ssize_t size : {1, 2, 2, 2, 0}) {
    EXPECT_EQ(read_some(end, got), size);
    source.act();
  }
}

TEST(Source, WithoutPiecesFillsThePipe) {
  const Bytes bytes = some_bytes(100'000);
  Source source(bytes, {});
  const ipc::UniqueFd end = source.read_end();
  EXPECT_EQ(source.written(), 65536U);
  EXPECT_FALSE(source.done());
  Bytes got;
  while (read_some(end, got) > 0) source.act();
  EXPECT_EQ(got, bytes);
  EXPECT_TRUE(source.done());
}

TEST(Source, StaysOpenIfItIsToldTo) {
  Source source(some_bytes(2), {.pieces = {}, .close_at_end = false});
  const ipc::UniqueFd end = source.read_end();
  Bytes got;
  EXPECT_EQ(read_some(end, got), 2);
  EXPECT_EQ(read_some(end, got), -1) << "nobody has closed it: a reader waits";
  EXPECT_TRUE(source.holds_write_end());
  source.close();
  EXPECT_EQ(read_some(end, got), 0);
}

TEST(Source, NoticesThatNobodyReadsAnyMore) {
  std::signal(SIGPIPE, SIG_IGN);
  Source source(some_bytes(100'000), {});
  source.read_end().reset();
  source.act();
  EXPECT_TRUE(source.broken());
  EXPECT_TRUE(source.done());
}

TEST(Source, WritesNothingWhileItIsPaused) {
  Source source(some_bytes(3), {.pieces = {1}});
  const ipc::UniqueFd end = source.read_end();
  Bytes got;
  EXPECT_EQ(read_some(end, got), 1);
  source.pause(true);
  source.act();
  EXPECT_EQ(read_some(end, got), -1);
  EXPECT_EQ(source.interest().fd, -1);
  source.pause(false);
  source.act();
  EXPECT_EQ(read_some(end, got), 1);
}

TEST(Source, TellsWhatWasLeftInThePipe) {
  Source source(some_bytes(10), {});
  source.keep_read_end();
  const ipc::UniqueFd end = source.read_end();
  Bytes got;
  EXPECT_EQ(read_some(end, got, 4), 4);
  EXPECT_EQ(source.left(), 6U);
}

TEST(Sink, KeepsWhatIsWritten) {
  Sink sink;
  const ipc::UniqueFd end = sink.write_end();
  const Bytes bytes = some_bytes(1000);
  ASSERT_EQ(::write(end.get(), bytes.data(), bytes.size()), 1000);
  sink.act();
  EXPECT_EQ(sink.bytes(), bytes);
  EXPECT_FALSE(sink.at_end());
}

TEST(Sink, SeesTheEndWhenTheLastWriterCloses) {
  Sink sink;
  ipc::UniqueFd end = sink.write_end();
  const ipc::UniqueFd copy(::dup(end.get()));
  end.reset();
  sink.act();
  EXPECT_FALSE(sink.at_end()) << "a copy is still open";
  ::close(copy.get());
  sink.act();
  EXPECT_TRUE(sink.at_end());
}

TEST(Sink, GivesEpipeOnceItHasClosed) {
  std::signal(SIGPIPE, SIG_IGN);
  Sink sink({.close_after = 5});
  const ipc::UniqueFd end = sink.write_end();
  const Bytes bytes = some_bytes(8);
  ASSERT_EQ(::write(end.get(), bytes.data(), bytes.size()), 8);
  sink.act();
  EXPECT_EQ(sink.bytes().size(), 5U);
  EXPECT_EQ(::write(end.get(), bytes.data(), bytes.size()), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST(Sink, EndsAFlood) {
  std::signal(SIGPIPE, SIG_IGN);
  Sink sink({.most = 100'000});
  const ipc::UniqueFd end = sink.write_end();
  const Bytes bytes = some_bytes(50'000);
  while (!sink.flooded() && ::write(end.get(), bytes.data(), bytes.size()) > 0) sink.act();
  EXPECT_TRUE(sink.flooded());
  EXPECT_LT(sink.bytes().size(), 200'000U);
  EXPECT_EQ(::write(end.get(), bytes.data(), bytes.size()), -1);
}

TEST(Sink, LeavesThePipeAloneWhileItIsPaused) {
  Sink sink({.capacity = 4096});
  const ipc::UniqueFd end = sink.write_end();
  sink.pause(true);
  ::fcntl(end.get(), F_SETFL, O_NONBLOCK);
  const Bytes bytes = some_bytes(8192);
  EXPECT_EQ(::write(end.get(), bytes.data(), bytes.size()), 4096) << "as much as there is room for";
  sink.act();
  EXPECT_EQ(sink.bytes().size(), 0U);
  EXPECT_EQ(::write(end.get(), bytes.data(), bytes.size()), -1);
  sink.pause(false);
  sink.act();
  EXPECT_EQ(sink.bytes().size(), 4096U);
}

// Blocking is a property of the open file description: the role's end is one of its own.
TEST(Sink, LeavesTheRolesEndBlocking) {
  Sink sink;
  const ipc::UniqueFd out = sink.write_end();
  EXPECT_EQ(::fcntl(out.get(), F_GETFL) & O_NONBLOCK, 0);
  Source source(some_bytes(1), {});
  const ipc::UniqueFd in = source.read_end();
  EXPECT_EQ(::fcntl(in.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(Channel, HasTheRoomThatIsAskedFor) {
  const judge::Channel small(4096);
  const judge::Channel usual;
  EXPECT_EQ(::fcntl(small.write_end.get(), F_GETPIPE_SZ), 4096);
  EXPECT_EQ(::fcntl(usual.write_end.get(), F_GETPIPE_SZ), 65536);
}

}  // namespace
