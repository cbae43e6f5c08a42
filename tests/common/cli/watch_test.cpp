#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/common/cli/fake_kit.h"

namespace {

namespace fs = std::filesystem;
using fake::Kit;
using testing::HasSubstr;
using testing::Not;

constexpr const char* waiting = "Waiting for the next save";

/// A kit whose judge counts its runs in the title that it reports: "run 1", "run 2".
class Watch : public testing::Test {
 protected:
  Watch() {
    kit_.set_judge("01-pipe",
                   "echo x >>runs\nsed \"s/a stream of bytes/run $(wc -l <runs)/\" "
                   "\"$recordings/full.jsonl\" >&3\n");
  }
  [[nodiscard]] fs::path source() const { return kit_.labs() / "01-pipe" / "stream.cpp"; }

  Kit kit_;
};

TEST_F(Watch, GradesAtOnceAndAgainAtASave) {
  const auto session = kit_.start({"watch", "1"});
  session->expect("run 1");
  session->expect(waiting);
  fake::write(source(), "// better\n");
  session->expect("run 2");
  session->expect(waiting);
}

TEST_F(Watch, NoticesAnEditorThatRenames) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  fake::write(kit_.labs() / "01-pipe" / ".stream.cpp.swp", "// better\n");
  fs::rename(kit_.labs() / "01-pipe" / ".stream.cpp.swp", source());
  session->expect("run 2");
}

TEST_F(Watch, NoticesNewAndRemovedFiles) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  fake::write(kit_.labs() / "01-pipe" / "pipeline.cpp", "");
  session->expect("run 2");
  session->expect(waiting);
  fs::remove(source());
  session->expect("run 3");
}

TEST_F(Watch, NoticesThatTheWholeDirectoryWasReplaced) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  fs::rename(kit_.labs() / "01-pipe", kit_.labs() / "old");
  fake::write(kit_.home() / "new" / "stream.cpp", "");
  fs::rename(kit_.home() / "new", kit_.labs() / "01-pipe");
  session->expect("run 2");
  session->expect(waiting);
  fake::write(kit_.labs() / "old" / "stream.cpp", "// nobody looks here any more\n");
  fake::write(source(), "// but here\n");
  session->expect("run 3");
}

TEST_F(Watch, PassesOverAnEditorsOwnFiles) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  for (const char* name : {".stream.cpp.swp", "stream.cpp~", "4913", ".#stream.cpp"}) {
    fake::write(kit_.labs() / "01-pipe" / name, "");
  }
  session->signal(SIGINT);
  EXPECT_THAT(session->wait().out, Not(HasSubstr("run 2")));
}

TEST_F(Watch, BeginsAgainIfSavedWhileGrading) {
  // The first run never ends by itself.
  ASSERT_EQ(::mkfifo((kit_.home() / "never").c_str(), 0600), 0);
  kit_.set_judge("01-pipe",
                 "if mkdir first 2>/dev/null; then head -n 3 \"$recordings/full.jsonl\" >&3; "
                 "read line <never; fi\nreplay full\n");
  const auto session = kit_.start({"watch", "1"}, {.terminal = true});
  session->expect("write_all delivers every byte");
  fake::write(source(), "// better\n");
  session->expect("100 of 100 points");
  session->expect(waiting);
}

TEST_F(Watch, GoesOnAfterTheGradersFailure) {
  kit_.set_judge("01-pipe", "exit 1\n");
  const auto session = kit_.start({"watch", "1"});
  session->expect("failed at 01-pipe");
  session->expect(waiting);
  kit_.replay("01-pipe", "full");
  fake::write(source(), "// better\n");
  session->expect("100 of 100 points");
}

TEST_F(Watch, EndsCleanlyWithCtrlC) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  session->signal(SIGINT);
  EXPECT_EQ(session->wait().status, 0);
}

TEST_F(Watch, ClearsTheScreenOnlyOfATerminal) {
  const std::string clear = "\x1b[H\x1b[2J";
  const auto on_terminal = kit_.start({"watch", "1"}, {.terminal = true});
  on_terminal->expect(clear);
  const auto elsewhere = kit_.start({"watch", "1"});
  elsewhere->expect(waiting);
  elsewhere->signal(SIGINT);
  EXPECT_THAT(elsewhere->wait().out, Not(HasSubstr(clear)));
}

TEST_F(Watch, RemembersTheResult) {
  const auto session = kit_.start({"watch", "1"});
  session->expect(waiting);
  EXPECT_THAT(fake::read(kit_.progress() / "01-pipe.json"), HasSubstr("\"score\": 100"));
}

}  // namespace
