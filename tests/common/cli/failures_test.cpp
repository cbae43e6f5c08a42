#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "tests/common/cli/fake_kit.h"

/// What `ipclab grade` does when something is wrong: with how it was called, with the judge, with
/// the disk, or with the patience of its user.
namespace {

namespace fs = std::filesystem;
using fake::Kit;
using fake::Outcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The names of all files in a directory.
std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

/// Makes the memory device with this minor number: 3 is /dev/null, 7 is /dev/full. @returns whether
/// it can be used; only root may make one, and not on every file system.
bool make_device(const fs::path& path, unsigned minor) {
  if (::mknod(path.c_str(), S_IFCHR | 0666, ::makedev(1, minor)) != 0) return false;
  if (std::ofstream(path).is_open()) return true;
  fs::remove(path);
  return false;
}

struct Misuse {
  std::vector<std::string> arguments;
  std::string advice;
};

TEST(WrongUsage, IsToldWithWhatToDoInstead) {
  const Kit kit;
  fs::create_directory(kit.home() / "empty");
  fake::write(kit.home() / "file", "");
  fake::write(kit.home() / "some" / "02-message-queues" / "mailbox.cpp", "");
  kit.set_judge("01-pipe", "touch judged\n");
  kit.set_judge("02-message-queues", "touch judged\n");
  for (const Misuse& misuse : std::vector<Misuse>{
           {{"grade", "9"}, "there are:\n    01-pipe   Pipes: a stream of bytes\n"},
           {{"grade", "pipe\x1b[31m"}, "there is no lab 'pipe␛[31m'"},
           {{"grade"}, "`ipclab grade 01`, or `ipclab grade all`"},
           {{"hint"}, "`ipclab hint 01`"},
           {{"grade", "1", "--from", "nowhere"}, "--from 'nowhere' is no directory"},
           {{"grade", "1", "--from", "file"}, "--from 'file' is no directory"},
           {{"grade", "1", "--from", "empty"}, "any of the files of that lab: stream.cpp"},
           {{"grade", "1", "--from", "some"}, "has no directory 01-pipe"},
           {{"grade", "all", "--from", "empty"}, "name that lab instead of 'all'"},
           {{"grade", "1", "--check", "["}, "--check '[' is no regular expression"},
           {{"grade", "1", "--seed", "-1"}, "--seed"},
           {{"grade", "1", "--seed", "soon"}, "--seed takes a whole number from 0"},
           {{"grade", "1", "--seed", "18446744073709551616"}, "--seed takes a whole number from 0"},
           {{"grade", "1", "--jobs", "0"}, "--jobs takes a whole number of at least 1, not '0'"},
           {{"grade", "1", "--json", "no/such/dir.json"}, "--json 'no/such/dir.json' cannot be"},
           {{"grade", "1", "--json", "empty"}, "--json 'empty' cannot be written"},
           {{"grade", "1", "--jsom", "x"}, "`ipclab COMMAND --help`"},
           {{"gradually"}, "`ipclab --help`"}}) {
    const Outcome run = kit.run(misuse.arguments);
    EXPECT_EQ(run.status, 2) << misuse.advice;
    EXPECT_THAT(run.err, HasSubstr(misuse.advice));
    EXPECT_EQ(run.out, "");
  }
  EXPECT_FALSE(fs::exists(kit.home() / "judged"));
}

TEST(WrongUsage, IsACheckThatDoesNotExist) {
  const Kit kit;
  const std::string nothing =
      R"(printf '%s\n' '{"event":"announcement","lab":"01-pipe","title":"Pipes","seed":1,)"
      R"("isolation":"bubblewrap","checks":[]}' '{"event":"finished"}' >&3)";
  kit.set_judge("01-pipe", nothing);
  const Outcome run = kit.run({"grade", "1", "--check", "Nothing", "--json", "x.json"});
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--check 'Nothing' matches no check. There are:"),
                             HasSubstr("\n    Pipeline.EndsWhenItShould")));
  EXPECT_FALSE(fs::exists(kit.home() / "x.json"));
}

TEST(WrongUsage, IsNotAskingForHelp) {
  const Outcome run = Kit().run({"grade", "--help"});
  EXPECT_EQ(run.status, 0);
  EXPECT_THAT(run.out, HasSubstr("--seed"));
}

TEST(Judge, ThatFailsIsTheGradersFailure) {
  const Kit kit;
  for (const auto& [script, why] : std::map<std::string, std::string>{
           {"exit 0", "ended before it had finished"},
           {"replay mixed; exit 3", "ended with exit status 3"},
           {"echo oops >&2; exit 7",
            "ended with exit status 7 before it had finished\n"
            "The last that it printed:\n    oops"},
           {"printf 'a\\033[31mb'; exit 1", "    a␛[31mb"},
           {"kill -SEGV $$", "was ended by signal 11 (Segmentation fault)"},
           {"echo garbage >&3", "'garbage', which is not JSON"},
           {"replay mixed; replay mixed", "after it had finished"},
           {"head -n 9 \"$recordings/mixed.jsonl\" >&3", "ended before it had finished"},
           {"head -c 9999 \"$recordings/mixed.jsonl\" >&3", "ended in the middle of a line"},
           {"echo '{\"event\":\"error\",\"message\":\"no bash\"}' >&3; exit 3",
            "failed at 01-pipe: no bash\n"},
           {"yes '{\"event\":\"announcement\"}' | tr -d '\\n' >&3", "never stops talking"}}) {
    kit.set_judge("01-pipe", script);
    const Outcome run = kit.run({"grade", "1", "--json", "result.json"});
    EXPECT_EQ(run.status, 3) << script;
    EXPECT_THAT(run.err, AllOf(HasSubstr(why), HasSubstr("no point is lost")));
    EXPECT_THAT(run.out, Not(HasSubstr("points")));
    EXPECT_FALSE(fs::exists(kit.home() / "result.json")) << script;
  }
  EXPECT_FALSE(fs::exists(kit.progress()));
}

TEST(Judge, ThatCannotBeStartedIsTheGradersFailure) {
  const Kit kit;
  fs::remove(kit.root() / "01-pipe" / "judge");
  const Outcome run = kit.run({"grade", "1"});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.err, HasSubstr("could not be started: No such file or directory"));
}

TEST(Judge, ThatFailsKeepsNoOtherLabFromBeingGraded) {
  const Kit kit;
  kit.set_judge("01-pipe", "exit 1\n");
  const Outcome run = kit.run({"grade", "all", "--json", "all.json"});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.out, HasSubstr("100 of 100 points"));
  EXPECT_THAT(run.err, AllOf(HasSubstr("failed at 01-pipe"), HasSubstr("No JSON was written")));
  EXPECT_FALSE(fs::exists(kit.home() / "all.json"));
}

TEST(Judge, LeavesNoProcessBehind) {
  const Kit kit;
  // The child would hold a lock on the file as long as it lives.
  kit.set_judge("01-pipe",
                "flock lock sh -c 'echo locked >&3; cat /dev/zero >/dev/null' &\n"
                "while :; do :; done\n");
  EXPECT_EQ(kit.run({"grade", "1"}).status, 3) << "'locked' is no JSON";
  const std::string free = "flock --timeout 20 '" + (kit.home() / "lock").string() + "' true";
  EXPECT_EQ(std::system(free.c_str()), 0);
}

TEST(Kit, ThatIsMissingOrBrokenIsTheGradersFailure) {
  const Kit kit;
  Outcome run = kit.run({"grade", "1"}, {.environment = {{"IPCLAB_KIT", "/nowhere"}}});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("there is no kit in '/nowhere'"), HasSubstr("--target kit")));
  fake::write(kit.root() / "kit.json", "{}");
  run = kit.run({"grade", "1"});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.err, HasSubstr("kit.json is not what it should be"));
}

TEST(Json, IsReplacedWholeOrNotAtAll) {
  const Kit kit;
  fake::write(kit.home() / "result.json", "the last one");
  kit.set_judge("01-pipe", "head -n 9 \"$recordings/mixed.jsonl\" >&3\n");
  EXPECT_EQ(kit.run({"grade", "1", "--json", "result.json"}).status, 3);
  EXPECT_EQ(fake::read(kit.home() / "result.json"), "the last one");
  EXPECT_THAT(names_in(kit.home()), testing::UnorderedElementsAre("build", "labs", "result.json"));
  kit.replay("01-pipe", "full");
  EXPECT_EQ(kit.run({"grade", "1", "--json", "result.json"}).status, 0);
  EXPECT_THAT(fake::read(kit.home() / "result.json"), HasSubstr("\"score\": 100"));
  EXPECT_THAT(names_in(kit.home()), testing::UnorderedElementsAre("build", "labs", "result.json"));
}

TEST(Json, LeavesALinkALink) {
  const Kit kit;
  fake::write(kit.home() / "elsewhere" / "real.json", "old");
  fs::create_symlink("elsewhere/real.json", kit.home() / "link.json");
  EXPECT_EQ(kit.run({"grade", "1", "--json", "link.json"}).status, 1);
  EXPECT_TRUE(fs::is_symlink(kit.home() / "link.json"));
  EXPECT_THAT(fake::read(kit.home() / "elsewhere" / "real.json"), HasSubstr("\"score\""));
}

TEST(Json, GoesIntoADeviceWithoutReplacingIt) {
  const Kit kit;
  const fs::path null = kit.home() / "null";
  if (!make_device(null, 3)) GTEST_SKIP() << "only root can make a device to lose";
  EXPECT_EQ(kit.run({"grade", "1", "--json", null.string()}).status, 1);
  EXPECT_TRUE(fs::is_character_file(null));
}

TEST(Json, IsReadableForOthersAsUsual) {
  const Kit kit;
  const mode_t mask = ::umask(022);
  const int status = kit.run({"grade", "1", "--json", "result.json"}).status;
  ::umask(mask);
  EXPECT_EQ(status, 1);
  EXPECT_EQ(fs::status(kit.home() / "result.json").permissions(), fs::perms(0644));
}

TEST(FullDisk, IsTheGradersFailure) {
  const Kit kit;
  // Root makes one of its own: should the command replace it, the machine's stays what it is.
  fs::path full = kit.home() / "full";
  if (!make_device(full, 7)) full = "/dev/full";
  const Outcome run = kit.run({"grade", "1", "--json", full.string()});
  EXPECT_EQ(run.status, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("full'"), HasSubstr("No space left on device")));
}

TEST(ReaderThatLeaves, IsNoFailure) {
  const Kit kit;
  ASSERT_EQ(::mkfifo((kit.home() / "go").c_str(), 0600), 0);
  kit.set_judge("01-pipe", "read line <go; replay mixed\n");
  const auto session = kit.start({"grade", "1", "--json", "result.json"});
  session->stop_reading();
  fake::write(kit.home() / "go", "go\n");
  const Outcome run = session->wait();
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err, "");
  EXPECT_TRUE(fs::exists(kit.home() / "result.json"));
}

TEST(CtrlC, EndsTheJudgeAndLeavesNothingHalfWritten) {
  const Kit kit;
  // It has a child, announces itself and then waits for ever; SIGTERM is passed on by nobody.
  kit.set_judge("01-pipe",
                "flock lock cat /dev/zero >/dev/null &\nhead -n 3 "
                "\"$recordings/mixed.jsonl\" >&3\nwhile :; do :; done\n");
  const auto session = kit.start({"grade", "1", "--json", "result.json"}, {.terminal = true});
  session->expect("write_all delivers every byte");
  session->signal(SIGINT);
  const Outcome run = session->wait();
  EXPECT_EQ(run.status, 130);
  EXPECT_THAT(run.out, HasSubstr("interrupted; nothing was written"));
  EXPECT_THAT(names_in(kit.home()), testing::Not(testing::Contains(HasSubstr("json"))));
  const std::string free = "flock --timeout 20 '" + (kit.home() / "lock").string() + "' true";
  EXPECT_EQ(std::system(free.c_str()), 0);
}

TEST(CtrlC, EndsAlsoAJudgeThatIgnoresIt) {
  const Kit kit;
  kit.set_judge("01-pipe",
                "trap '' INT TERM HUP\nhead -n 3 \"$recordings/mixed.jsonl\" >&3\n"
                "while :; do :; done\n");
  const auto session = kit.start({"grade", "1"}, {.terminal = true});
  session->expect("write_all delivers every byte");
  session->signal(SIGTERM);
  EXPECT_EQ(session->wait().status, 128 + SIGTERM);
}

TEST(Nohup, KeepsTheCommandAlive) {
  const Kit kit;
  ASSERT_EQ(::mkfifo((kit.home() / "ready").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((kit.home() / "go").c_str(), 0600), 0);
  kit.set_judge("01-pipe", "read line <ready; read line <go; replay full\n");
  const auto session = kit.start({"grade", "1"}, {.ignored_signal = SIGHUP});
  fake::write(kit.home() / "ready", "?\n");  // waits until the judge reads it
  session->signal(SIGHUP);
  fake::write(kit.home() / "go", "go\n");
  EXPECT_EQ(session->wait().status, 0);
}

}  // namespace
