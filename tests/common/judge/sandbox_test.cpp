/// What a sandbox promises, asked from inside: a shell in it tries, and says how far it came.

#include "common/judge/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/judge/captured.h"
#include "tests/proof/scratch.h"

namespace {

namespace fs = std::filesystem;
using judge::Captured;
using judge::CaptureLimits;
using judge::Limits;
using judge::Sandbox;
using testing::HasSubstr;
using testing::Not;

const judge::Kit& kit() {
  static const judge::Kit kit(IPCLAB_KIT_DIR);
  return kit;
}

Captured shell(const std::string& script, const Limits& limits = {},
               const CaptureLimits& bounds = {}) {
  Sandbox sandbox(kit());
  sandbox.show_programs();
  return judge::capture(sandbox, {"/bin/sh", "-c", script, sandbox.scratch()}, sandbox.scratch(),
                        limits, bounds);
}

/// Tests of what only namespaces give.
class Namespaces : public testing::Test {
 protected:
  void SetUp() override {
    if (judge::best_isolation(kit()) != judge::Isolation::bubblewrap) {
      GTEST_SKIP() << "this machine grants no namespaces; the report says so too";
    }
  }
};

TEST(Capture, TakesWhatIsPrintedAndWhatIsHandedBack) {
  const Captured captured = shell("echo out; echo err >&2; echo result >&3");
  EXPECT_TRUE(captured.succeeded());
  EXPECT_EQ(captured.diagnostics, "out\nerr\n");
  EXPECT_EQ(judge::to_text(captured.result), "result\n");
}

TEST(Capture, TellsTheExitStatus) {
  const Captured captured = shell("exit 7");
  EXPECT_FALSE(captured.succeeded());
  ASSERT_TRUE(WIFEXITED(captured.status));
  EXPECT_EQ(WEXITSTATUS(captured.status), 7);
}

TEST(Capture, StopsWhoPrintsWithoutEnd) {
  const Captured captured = shell("yes");
  EXPECT_TRUE(captured.too_much);
  EXPECT_LT(captured.diagnostics.size(), std::size_t{5} << 20);
}

TEST(Capture, StopsWhoHandsBackWithoutEnd) {
  CaptureLimits bounds;
  bounds.result = 1 << 20;
  const Captured captured = shell("yes >&3", {}, bounds);
  EXPECT_TRUE(captured.too_much);
}

TEST(Capture, StopsWhoTakesTooLong) {
  CaptureLimits bounds;
  bounds.time = std::chrono::seconds(1);
  const Captured captured = shell("echo begun; sleep 1000", {}, bounds);
  EXPECT_TRUE(captured.too_long);
  EXPECT_EQ(captured.diagnostics, "begun\n");
}

// Until somebody closes his end of the pipes: a daemon keeps them open, and has to go first.
TEST(Capture, LeavesNobodyBehind) {
  const std::string marker = "4242" + std::to_string(::getpid());
  const Captured captured = shell("setsid sleep " + marker + " & echo begun");
  EXPECT_EQ(captured.diagnostics, "begun\n");
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::stringstream words;
    words << file.rdbuf();
    EXPECT_THAT(words.str(), Not(HasSubstr(marker))) << entry.path();
  }
}

TEST(Sandbox, BoundsCpuTime) {
  Limits limits;
  limits.cpu_seconds = 1;
  const Captured captured = shell("while :; do :; done", limits);
  EXPECT_FALSE(captured.succeeded());
  EXPECT_FALSE(captured.too_long) << "the clock had to stop it, and not the limit";
}

TEST(Sandbox, BoundsMemory) {
  Limits limits;
  limits.memory = 256 << 20;
  EXPECT_FALSE(shell("dd if=/dev/zero of=/dev/null bs=300M count=1", limits).succeeded());
  EXPECT_TRUE(shell("dd if=/dev/zero of=/dev/null bs=100M count=1", limits).succeeded());
}

TEST(Sandbox, BoundsProcesses) {
  Limits limits;
  limits.processes = 16;
  const Captured captured =
      shell("n=0; while [ $n -lt 40 ]; do sleep 1000 & n=$((n+1)); done", limits);
  EXPECT_FALSE(captured.succeeded());
  EXPECT_THAT(captured.diagnostics, HasSubstr("fork"));
}

TEST(Sandbox, BoundsTheSizeOfAFile) {
  Limits limits;
  limits.file_size = 1 << 20;
  const Captured captured = shell("head -c 2000000 /dev/zero > big; wc -c < big", limits);
  EXPECT_THAT(captured.diagnostics, HasSubstr("1048576"));
}

TEST_F(Namespaces, BoundTheRoomForFiles) {
  Limits limits;
  limits.scratch = 1 << 20;
  for (const char* place : {"/tmp", "/dev/shm"}) {
    const Captured captured = shell(std::string("cd ") + place +
                                        "; head -c 700000 /dev/zero > a"
                                        " && head -c 700000 /dev/zero > b; echo status $?",
                                    limits);
    EXPECT_THAT(captured.diagnostics, HasSubstr("No space left on device")) << place;
    EXPECT_THAT(captured.diagnostics, HasSubstr("status 1")) << place;
  }
}

TEST_F(Namespaces, HideEveryFileThatIsNotShown) {
  const proof::Scratch outside;
  outside.write("secret", "the solution");
  const std::string path = (outside.path() / "secret").string();
  const Captured captured =
      shell("cat '" + path +
            "' '" IPCLAB_SOURCE_DIR "/README.md'; ls /root /home /work /var /srv; ls -A /tmp");
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("the solution")));
  EXPECT_THAT(captured.diagnostics, HasSubstr("No such file"));
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("IPC Labs")));
}

TEST_F(Namespaces, HideEveryOtherProcess) {
  const Captured captured = shell("cd /proc; echo [0-9]*");
  // The shell itself, and nobody else: numbers begin with 1 inside.
  EXPECT_EQ(captured.diagnostics, "1\n");
}

TEST_F(Namespaces, HideTheNetwork) {
  const Captured captured = shell("grep -c : /proc/net/dev; grep -o 'lo:' /proc/net/dev");
  EXPECT_EQ(captured.diagnostics, "1\nlo:\n");
}

TEST_F(Namespaces, GiveASharedMemoryOfItsOwn) {
  const std::string name = "/dev/shm/proof-" + std::to_string(::getpid());
  std::ofstream(name) << "outside";
  const Captured captured = shell("ls -A /dev/shm; echo inside > " + name + "; cat " + name);
  EXPECT_EQ(captured.diagnostics, "inside\n");
  std::string outside;
  std::ifstream(name) >> outside;
  EXPECT_EQ(outside, "outside");
  fs::remove(name);
}

TEST_F(Namespaces, LetNothingBeWrittenButScratch) {
  const Captured captured = shell(
      "for place in / /usr/bin /usr/lib /dev /proc /ipclab; do"
      " echo x 2>/dev/null > $place/x && echo wrote $place; done; echo tried");
  EXPECT_EQ(captured.diagnostics.substr(captured.diagnostics.size() - 6), "tried\n");
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("wrote")));
}

TEST(Sandbox, TakesAwayEveryRight) {
  const Captured captured =
      shell("grep -E 'Cap(Prm|Eff|Amb)|NoNewPrivs|^Seccomp:' /proc/self/status; id -u");
  for (const char* line : {"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
                           "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"}) {
    EXPECT_THAT(captured.diagnostics, HasSubstr(line));
  }
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("\n0\n"))) << "it still is root";
}

TEST(Sandbox, HasAUidOfItsOwnWhenTheGraderIsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give away a uid";
  const long uid = std::stol(shell("id -u").diagnostics);
  const long another = std::stol(shell("id -u").diagnostics);
  EXPECT_GE(uid, 1'600'000'000);
  EXPECT_NE(another, uid);
}

TEST(Sandbox, HandsNoEnvironmentOn) {
  ::setenv("PROOF_SECRET", "the-solution", 1);
  const Captured captured = shell("env");
  ::unsetenv("PROOF_SECRET");
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("the-solution")));
  EXPECT_THAT(captured.diagnostics, HasSubstr("PATH=/usr/local/bin:/usr/bin:/bin\n"));
}

// Whatever called the grader may have left something open: make's job server, a log, a gradebook.
TEST(Sandbox, HandsNoDescriptorOn) {
  const proof::Scratch outside;
  outside.write("gradebook", "points");
  const int forgotten = ::open((outside.path() / "gradebook").c_str(), O_RDWR);
  ASSERT_GE(forgotten, 0);
  const Captured captured = shell("cd /proc/$$/fd; echo *");
  ::close(forgotten);
  EXPECT_EQ(captured.diagnostics, "0 1 2 3 4\n") << "4 is the directory that the shell reads";
}

TEST(Sandbox, ShowsAFileWithoutLettingItBeChanged) {
  Sandbox sandbox(kit());
  sandbox.show_programs();
  const std::string name = sandbox.add_file("submission", "a file.cpp", judge::as_bytes("int a;"));
  const Captured captured = judge::capture(
      sandbox,
      {"/bin/sh", "-c", "cat \"$0\"; echo x >> \"$0\"; chmod 777 \"$0\"; cat \"$0\"", name},
      sandbox.directory("submission"), {});
  EXPECT_TRUE(captured.diagnostics.starts_with("int a;")) << captured.diagnostics;
  EXPECT_TRUE(captured.diagnostics.ends_with("int a;")) << captured.diagnostics;
}

TEST(Sandbox, RefusesToTraceAndToMount) {
  const Captured captured = shell(
      "unshare --user true; echo unshare $?; mount -t tmpfs none /tmp; echo mount $?;"
      " nsenter --target 1 --pid true; echo nsenter $?");
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("unshare 0")));
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("mount 0")));
  EXPECT_THAT(captured.diagnostics, Not(HasSubstr("nsenter 0")));
}

TEST(Sandbox, SaysWhatCannotBeStarted) {
  Sandbox sandbox(kit());
  const Captured captured =
      judge::capture(sandbox, {"/usr/bin/no-such-program"}, sandbox.scratch(), {});
  ASSERT_TRUE(WIFEXITED(captured.status));
  EXPECT_EQ(WEXITSTATUS(captured.status), 125);
  EXPECT_THAT(captured.diagnostics, HasSubstr("no-such-program: No such file"));
}

}  // namespace
