#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "common/ipc/not_started.h"
#include "common/ipc/system_error.h"

namespace {

TEST(SystemError, SaysWhichCallFailedAndWhy) {
  const ipc::SystemError error("write", EPIPE);
  EXPECT_STREQ(error.what(), "write: Broken pipe (EPIPE)");
  EXPECT_EQ(error.error(), EPIPE);
}

TEST(SystemError, TakesTheCurrentErrno) {
  errno = ENOSPC;
  const ipc::SystemError error("write");
  EXPECT_EQ(error.error(), ENOSPC);
}

TEST(SystemError, CopesWithAnErrnoThatHasNoName) {
  const ipc::SystemError error("read", 4095);
  EXPECT_NE(std::string(error.what()).find("(unknown)"), std::string::npos) << error.what();
}

void nobody_has_written_this() { ipc::not_started(); }

TEST(NotStarted, NamesTheFunctionThatIsMissing) {
  try {
    nobody_has_written_this();
    FAIL() << "it returned";
  } catch (const ipc::NotStarted& missing) {
    EXPECT_STREQ(missing.function(), "nobody_has_written_this");
    EXPECT_NE(std::string(missing.file()).find("errors_test.cpp"), std::string::npos);
    EXPECT_GT(missing.line(), 0);
  }
}

}  // namespace
