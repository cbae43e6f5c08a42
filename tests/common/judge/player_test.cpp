#include "common/judge/player.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace judge {

namespace {

struct Meeting : testing::Test {
  Cast cast{Role{"somebody"}};
  Player player{cast};
};

// A submission may end a role whenever it likes, and its number may then be anybody's.
TEST_F(Meeting, ARoleThatIsGoneAlreadyIsNoFailureOfTheGrader) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(gone, nullptr, 0), gone);
  EXPECT_FALSE(player.meet(gone));
  EXPECT_FALSE(player.started);
  player.signal(SIGKILL);
}

TEST_F(Meeting, ARoleThatIsThereIsKnownByItsDescriptor) {
  EXPECT_TRUE(player.meet(::getpid()));
  EXPECT_TRUE(player.started);
  EXPECT_TRUE(static_cast<bool>(player.process));
}

}  // namespace

}  // namespace judge
