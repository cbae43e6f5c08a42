#include "common/ipc/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <type_traits>

namespace {

using ipc::UniqueFd;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(UniqueFd, ClosesWhenItGoesOutOfScope) {
  const int fd = open_null();
  {
    const UniqueFd owner(fd);
    ASSERT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, HasOneOwnerAfterAMove) {
  UniqueFd first(open_null());
  const int fd = first.get();
  const UniqueFd second(std::move(first));
  // What a moved-from UniqueFd holds is part of its contract.
  EXPECT_EQ(first.get(), -1);  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(static_cast<bool>(first));
  EXPECT_EQ(second.get(), fd);
  EXPECT_TRUE(is_open(fd));
}

TEST(UniqueFd, ClosesItsOwnWhenItIsAssignedTo) {
  UniqueFd owner(open_null());
  const int old = owner.get();
  UniqueFd other(open_null());
  const int fd = other.get();
  owner = std::move(other);
  EXPECT_FALSE(is_open(old));
  EXPECT_TRUE(is_open(fd));
  EXPECT_EQ(owner.get(), fd);
}

TEST(UniqueFd, KeepsItsDescriptorWhenItIsAssignedToItself) {
  UniqueFd owner(open_null());
  UniqueFd& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(is_open(owner.get()));
}

TEST(UniqueFd, ClosesNothingAfterItHasReleased) {
  int fd = -1;
  {
    UniqueFd owner(open_null());
    fd = owner.release();
  }
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

TEST(UniqueFd, CannotBeCopied) {
  EXPECT_FALSE(std::is_copy_constructible_v<UniqueFd>);
  EXPECT_FALSE(std::is_copy_assignable_v<UniqueFd>);
}

// 0 is a descriptor like any other: only a negative number stands for none.
TEST(UniqueFd, TakesZeroForADescriptor) {
  UniqueFd owner(0);
  EXPECT_TRUE(static_cast<bool>(owner));
  EXPECT_EQ(owner.release(), 0);
  EXPECT_FALSE(static_cast<bool>(UniqueFd{}));
}

}  // namespace
