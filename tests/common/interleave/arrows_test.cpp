/// Which row an arrow begins at, for runs that are made up: each step is a row, and what it comes
/// to know of the other thread is said beside it.

#include "common/explore/arrows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

namespace {

using interleave::Kind;
using interleave::Op;

constexpr std::uint32_t no_news = 0;

/// A run of two threads and one object.
class Trail {
 public:
  explicit Trail(Kind kind, const char* name = "") : run_(std::make_unique<interleave::Control>()) {
    run_->object[object].kind = kind;
    std::strcpy(run_->object[object].name, name);
    arrows_ = std::make_unique<explore::Arrows>(*run_, 2);
  }

  /// The next step, whose thread learns by it what the other has done until `knows`.
  /// @returns where the arrow to it begins
  std::optional<std::size_t> step(std::uint8_t thread, Op op, std::int64_t value = 0,
                                  std::uint32_t knows = no_news, bool blocked = false,
                                  bool told = true) {
    const std::uint32_t number = run_->steps++;
    interleave::Step& step = run_->step[number];
    step.thread = thread;
    step.op = op;
    step.object = object;
    step.value = value;
    step.blocked = blocked ? 1 : 0;
    step.time = number + 1;  // as if each step released something
    if (knows != no_news) run_->news_of[run_->news++] = {number, 1U - thread, knows};
    const auto from = arrows_->into(number);
    arrows_->add(step, told ? number : explore::Arrows::untold);
    return from;
  }

 private:
  static constexpr std::uint32_t object = 1;
  std::unique_ptr<interleave::Control> run_;
  std::unique_ptr<explore::Arrows> arrows_;
};

using Row = std::optional<std::size_t>;

TEST(Arrows, BeginAtTheLastStepThatIsKnown) {
  Trail run(Kind::memory);
  run.step(0, Op::store);                          // row 0, at time 1
  run.step(0, Op::store);                          // row 1
  run.step(0, Op::store);                          // row 2
  EXPECT_EQ(run.step(1, Op::load), std::nullopt);  // relaxed
  EXPECT_EQ(run.step(1, Op::load, 0, 2), Row(1));  // it has seen the second
  EXPECT_EQ(run.step(1, Op::load), std::nullopt);  // nothing new
  EXPECT_EQ(run.step(1, Op::load, 0, 3), Row(2));
}

TEST(Arrows, LeadToWhatTakesSomethingUp) {
  Trail run(Kind::semaphore);
  run.step(0, Op::sem_post);
  EXPECT_EQ(run.step(1, Op::sem_wait, 0, no_news, true), std::nullopt);  // it waits
  EXPECT_EQ(run.step(1, Op::sem_wait, 0, 1), Row(0));
  run.step(1, Op::sem_post);
  EXPECT_EQ(run.step(0, Op::sem_post, 0, 4), std::nullopt);  // what does that take?
}

// A pipe's clock is one for all that was written.
TEST(Arrows, OfAPipeBeginAtTheBytesThatAreRead) {
  Trail run(Kind::descriptor, "a pipe");
  run.step(0, Op::write_fd, 3);
  run.step(0, Op::write_fd, 3);
  run.step(0, Op::close);
  EXPECT_EQ(run.step(1, Op::read_fd, 2, 3), Row(0));
  EXPECT_EQ(run.step(1, Op::read_fd, 2),
            Row(1));  // the last byte of the one, the first of the other
  EXPECT_EQ(run.step(1, Op::read_fd, 2), Row(1));
}

TEST(Arrows, DoNotBeginAtWhatIsNotTold) {
  Trail run(Kind::descriptor, "a pipe");
  run.step(0, Op::write_fd, 1, no_news, false, false);
  run.step(0, Op::write_fd, 1);
  EXPECT_EQ(run.step(1, Op::read_fd, 1, 2), std::nullopt);
  EXPECT_EQ(run.step(1, Op::read_fd, 1), Row(1));
}

TEST(Arrows, LeadToTheEndOfAPipeFromWhoHasClosedIt) {
  Trail run(Kind::descriptor, "a pipe");
  run.step(0, Op::write_fd, 3);
  run.step(0, Op::close);
  EXPECT_EQ(run.step(1, Op::read_fd, 3, 1), Row(0));
  EXPECT_EQ(run.step(1, Op::read_fd, 0, 2), Row(1));
}

TEST(Arrows, LeadToAWriterOnlyIfItHasWaitedForRoom) {
  Trail run(Kind::descriptor, "a pipe");
  run.step(0, Op::write_fd, 3);
  run.step(1, Op::read_fd, 3, 1);
  EXPECT_EQ(run.step(0, Op::write_fd, 3, 2), std::nullopt);
  run.step(0, Op::write_fd, 0, no_news, true);
  run.step(1, Op::read_fd, 3, 3);
  EXPECT_EQ(run.step(0, Op::write_fd, 3, 5), Row(4));
}

// One with a higher priority may have overtaken the others.
TEST(Arrows, OfAQueueBeginAtTheFirstMessageOfOneSender) {
  Trail run(Kind::queue);
  run.step(0, Op::mq_send);
  run.step(0, Op::mq_send);
  EXPECT_EQ(run.step(1, Op::mq_receive, 1, 2), Row(0));
  EXPECT_EQ(run.step(1, Op::mq_receive, 1), Row(0));
  run.step(0, Op::mq_send);
  EXPECT_EQ(run.step(1, Op::mq_receive, 1, 5), Row(4));  // it had been empty
  run.step(0, Op::mq_send);
  run.step(1, Op::mq_send);
  EXPECT_EQ(run.step(1, Op::mq_receive, 1, 7), std::nullopt);  // it may be its own
}

TEST(Arrows, DoNotLeadFromAReaderToAReader) {
  Trail run(Kind::rwlock);
  run.step(0, Op::read_lock);
  run.step(0, Op::unlock);
  EXPECT_EQ(run.step(1, Op::read_lock, 0, 2), std::nullopt);
  run.step(0, Op::write_lock);
  run.step(0, Op::unlock);
  EXPECT_EQ(run.step(1, Op::read_lock, 0, 5), Row(4));
}

}  // namespace
