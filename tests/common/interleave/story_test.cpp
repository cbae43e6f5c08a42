/// What a story says happened before what: an arrow is drawn where one step makes another come
/// after it, and not where two steps touch the same thing one after the other.

#include "common/explore/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/explore/explorer.h"

namespace {

namespace fs = std::filesystem;

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The arrows of a program's first schedule, in which everybody runs on as long as he can:
/// "main unlocks lock -> child locks lock".
std::vector<std::string> arrows_of(const std::string& name) {
  const fs::path program = fs::path(IPCLAB_EXPLORED) / "programs" / name;
  explore::Explorer explorer(program, {}, 1);
  explorer.replay({}, {});
  explore::Lines lines(program);
  const explore::Story story = explore::tell(explorer.program(), lines);
  std::vector<std::string> arrows;
  for (const explore::Row& row : story.rows) {
    if (!row.after) continue;
    const explore::Row& from = story.rows.at(*row.after);
    EXPECT_LT(from.number, row.number);
    EXPECT_NE(from.actor, row.actor);
    arrows.push_back(story.actors[from.actor] + " " + from.what + " -> " + story.actors[row.actor] +
                     " " + row.what);
  }
  return arrows;
}

// What is waited for in a function of two lines has another name in each call.
TEST(Story, NamesAnObjectAsTheCallersOfTheFunctionDo) {
  const fs::path program = fs::path(IPCLAB_EXPLORED) / "programs" / "waits-in-a-function.wrong";
  explore::Explorer explorer(program, {}, 1);
  explorer.replay({}, {});
  explore::Lines lines(program);
  const explore::Story story = explore::tell(explorer.program(), lines);
  EXPECT_EQ(story.kind, "deadlock");
  EXPECT_THAT(story.details, Contains(HasSubstr("main waits for ours")));
  EXPECT_THAT(story.details, Contains(HasSubstr("thread 1 waits for theirs")));
  ASSERT_EQ(story.waiting.size(), 2U);
  EXPECT_EQ(story.waiting[0].what, "ours");
}

TEST(Story, CallsWhatALockSaysByItsName) {
  const fs::path program = fs::path(IPCLAB_EXPLORED) / "programs" / "robust-mutex.wrong";
  explore::Explorer explorer(program, {}, 1);
  explorer.replay({}, {});
  explore::Lines lines(program);
  std::vector<std::string> told;
  for (const explore::Row& row : explore::tell(explorer.program(), lines).rows) {
    told.push_back(row.what);
  }
  EXPECT_THAT(told, Contains("locks lock: EOWNERDEAD"));
  EXPECT_THAT(told, Contains("locks lock: ENOTRECOVERABLE"));
}

TEST(Arrow, LeadsFromAReleaseToTheAcquireThatSeesIt) {
  EXPECT_THAT(arrows_of("publish-relaxed.right"),
              ElementsAre("main starts thread 1 -> thread 1 begins",
                          "main starts thread 2 -> thread 2 begins",
                          "thread 1 writes 1 to ready -> thread 2 reads 1 from ready",
                          "thread 1 ends -> main joins it", "thread 2 ends -> main joins it"));
}

// The same program, but for its memory order: the value is seen, and orders nothing.
TEST(Arrow, DoesNotBeginAtARelaxedStore) {
  EXPECT_THAT(arrows_of("publish-relaxed.wrong"),
              ElementsAre("main starts thread 1 -> thread 1 begins",
                          "main starts thread 2 -> thread 2 begins"));
}

// Thread 2 has changed the value since, and relaxed: what is released is what thread 1 did.
TEST(Arrow, BeginsAtTheHeadOfAReleaseSequence) {
  const auto arrows = arrows_of("release-sequence.right");
  EXPECT_THAT(arrows, Contains("thread 1 writes 1 to stage -> thread 3 reads 2 from stage"));
  EXPECT_THAT(arrows, Not(Contains(HasSubstr("thread 2 changes"))));
}

TEST(Arrow, LeadsFromFenceToFence) {
  const auto arrows = arrows_of("publish-fence.right");
  EXPECT_THAT(arrows, Contains("thread 1 fence -> thread 2 fence"));
  EXPECT_THAT(arrows, Not(Contains(HasSubstr("reads 1 from ready"))));
}

TEST(Arrow, LeadsFromWhoUnlocksToWhoLocks) {
  EXPECT_THAT(arrows_of("abba-processes.right"),
              ElementsAre("main forks child -> child begins",
                          "main unlocks shared->table -> child locks shared->table",
                          "main unlocks shared->index -> child locks shared->index",
                          "child exits -> main has waited for a child"));
}

// The pipe was closed before the byte was read, and is not what the byte came from.
TEST(Arrow, LeadsFromWhatWasWrittenToWhatIsRead) {
  const auto arrows = arrows_of("pipe-no-eof.right");
  EXPECT_THAT(arrows, Contains("main writes 1 byte to a pipe -> child reads 1 byte from a pipe"));
  EXPECT_THAT(arrows, Not(Contains(HasSubstr("closes an end of a pipe -> child reads"))));
}

TEST(Arrow, LeadsFromASemaphoresPostToWhoTakesIt) {
  EXPECT_THAT(arrows_of("semaphore-order.right"),
              Contains("child posts shared->written -> main takes shared->written"));
}

TEST(Arrow, LeadsFromWhoComesToABarrierToWhoComesLast) {
  EXPECT_THAT(arrows_of("barrier-count.right"),
              Contains("main comes to shared->barrier -> child comes to shared->barrier"));
}

// Two processes count with relaxed operations: nothing is handed on but by fork and wait.
TEST(Arrow, DoesNotConnectRelaxedChanges) {
  EXPECT_THAT(arrows_of("counter-atomic-processes.right"),
              ElementsAre("main forks child -> child begins",
                          "child exits -> main has waited for a child"));
}

TEST(Arrow, LeadsFromASignalToItsHandler) {
  EXPECT_THAT(arrows_of("signal-data.right"),
              Contains("child sends a signal -> main runs a signal handler"));
}

TEST(Arrow, LeadsFromWhoConnectsToWhoAccepts) {
  const auto arrows = arrows_of("accept-and-fork.right");
  EXPECT_THAT(arrows, Contains("child 1 connects -> main accepts a connection"));
  EXPECT_THAT(arrows, Not(Contains(HasSubstr("closes an end of socket A -> "))));
}

}  // namespace
