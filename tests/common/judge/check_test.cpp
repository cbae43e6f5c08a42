/// What the judge makes of a student's code, from the source to the verdict: each test writes a
/// toy.cpp and reads what its author would read.

#include "common/judge/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/common/judge/toy/toy_subject.h"
#include "tests/proof/graded.h"
#include "tests/proof/scratch.h"

namespace {

using judge::CheckResult;
using judge::Place;
using proof::Call;
using proof::Graded;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graded grade(const std::string& toy_cpp, const std::string& check) {
  const proof::Scratch submission;
  submission.write("toy.cpp", toy_cpp);
  Call call;
  call.kit = IPCLAB_TEST_KIT_DIR;
  call.check = check;
  call.jobs = 1;
  Graded graded = proof::grade("90-toy", submission.path(), call);
  EXPECT_EQ(graded.exit_status, 0) << proof::shown(graded);
  return graded;
}

/// The verdict on a function `lab::act` with this body, in line 3 of the file.
CheckResult verdict(const std::string& body, const std::string& check = "Act.SaysHello") {
  const Graded graded =
      grade(toy::source("namespace lab {\nstd::string act(std::string_view, int, int) {\n" + body +
                        "\nreturn \"hello\"; } }\n"),
            "^" + check + "$");
  return graded.of(check);
}

TEST(Verdict, PassesWhatIsRight) {
  const CheckResult result = verdict("");
  EXPECT_EQ(result.status, "passed");
  EXPECT_EQ(result.score, 50);
  EXPECT_EQ(result.finding, std::nullopt);
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.replay, std::nullopt);
}

TEST(Verdict, SaysWhatTheCheckSays) {
  const CheckResult result = verdict("return \"goodbye\";");
  EXPECT_EQ(result.status, "failed");
  EXPECT_EQ(result.score, 0);
  EXPECT_EQ(result.finding, "wrong-result");
  EXPECT_EQ(result.message,
            "It said \"goodbye\" and not \"hello\".\nRead: \"Greetings\" in the handout");
  EXPECT_THAT(result.where, ElementsAre(Place{"toy.cpp", 3, "act"}));
  EXPECT_EQ(result.replay, "ipclab grade 90-toy --check '^Act.SaysHello$' --seed 1");
}

TEST(Verdict, CallsACrashByItsName) {
  const CheckResult result = verdict("*static_cast<volatile int*>(nullptr) = 1;");
  EXPECT_EQ(result.finding, "crash");
  EXPECT_THAT(result.message, HasSubstr("SIGSEGV"));
  ASSERT_FALSE(result.where.empty());
  EXPECT_EQ(result.where[0], (Place{"toy.cpp", 3, "lab::act"}));
}

TEST(Verdict, TellsWaysToEndEarlyApart) {
  EXPECT_THAT(verdict("abort();").message, HasSubstr("SIGABRT"));
  EXPECT_THAT(verdict("exit(0);").message, HasSubstr("with exit status 0. Something called exit"));
  EXPECT_THAT(verdict("_exit(3);").message, HasSubstr("with exit status 3"));
  EXPECT_EQ(verdict("_exit(3);").finding, "crash");
}

TEST(Verdict, SaysWhichExceptionCame) {
  const CheckResult error = verdict("throw ipc::SystemError(\"read\", EBADF);");
  EXPECT_EQ(error.finding, "wrong-result");
  EXPECT_THAT(error.message, HasSubstr("read: Bad file descriptor (EBADF)"));
  EXPECT_THAT(verdict("throw std::out_of_range(\"index 7\");").message,
              HasSubstr("std::out_of_range: index 7"));
  EXPECT_EQ(verdict("throw 42;").finding, "wrong-result");
}

TEST(Verdict, CallsAHangADeadlockAndSaysWho) {
  const CheckResult result = verdict("int p[2]; (void)!pipe(p); char c; (void)!read(p[0], &c, 1);");
  EXPECT_EQ(result.finding, "deadlock");
  EXPECT_THAT(result.message, HasSubstr("`soloist` waits for data or end-of-file on a pipe "
                                        "(descriptor 3) whose write end is still open in process "
                                        "`soloist` as descriptor 4."));
}

TEST(Verdict, CallsEndlessWorkALivelock) {
  const CheckResult result = verdict("for (volatile int i = 0;; i = i + 1) {}");
  EXPECT_EQ(result.finding, "livelock");
  EXPECT_THAT(result.message, HasSubstr("CPU time"));
}

TEST(Verdict, SaysWhichFaultWasNotSurvived) {
  const std::string reads =
      "char c; int null = open(\"/dev/zero\", O_RDONLY);"
      "for (int i = 0; i < 3; ++i) if (read(null, &c, 1) < 0) throw ipc::SystemError(\"read\");";
  const CheckResult result = verdict(reads, "Act.SurvivesFailingReads");
  EXPECT_EQ(result.finding, "unhandled-fault");
  EXPECT_THAT(result.message, HasSubstr("When call number 1 of read(2) failed with EINTR"));
  EXPECT_THAT(result.message, HasSubstr("Interrupted calls"));
  EXPECT_EQ(verdict("", "Act.SurvivesFailingReads").status, "passed");
}

TEST(Verdict, TellsAFaultThatEndsInACrashAsBoth) {
  const CheckResult result =
      verdict("char c; if (read(open(\"/dev/zero\", O_RDONLY), &c, 1) < 0) abort();",
              "Act.SurvivesFailingReads");
  EXPECT_EQ(result.finding, "crash");
  EXPECT_THAT(result.message, HasSubstr("When call number 1 of read(2) failed with EINTR"));
}

TEST(Verdict, FindsWhatOnlyASanitizerSees) {
  const CheckResult result = verdict(
      "std::vector<int> v(3); return v.data()[3] == 1 ? \"\" : "
      "\"hello\";",
      "Act.TouchesOnlyItsMemory");
  EXPECT_EQ(result.finding, "undefined-behaviour");
  EXPECT_THAT(result.message, HasSubstr("Reads 4 bytes past the end"));
  ASSERT_FALSE(result.where.empty());
  EXPECT_EQ(result.where[0].file, "toy.cpp");
  EXPECT_EQ(result.where[0].line, 3);
}

TEST(Verdict, FindsUndefinedArithmetic) {
  const CheckResult result =
      verdict("volatile int most = 2147483647; most = most + 1;", "Act.TouchesOnlyItsMemory");
  EXPECT_EQ(result.finding, "undefined-behaviour");
  EXPECT_THAT(result.message, HasSubstr("signed integer overflow"));
}

// The report says once what all checks of a file have in common.
TEST(Verdict, SaysTheSameOfEveryCheckOfAFileThatDoesNotCompile) {
  const CheckResult hello = verdict("return hello;");
  const CheckResult memory = verdict("return hello;", "Act.TouchesOnlyItsMemory");
  EXPECT_EQ(hello.finding, "compile-error");
  EXPECT_THAT(hello.message, HasSubstr("toy.cpp does not compile"));
  EXPECT_EQ(hello.replay, std::nullopt) << "nothing has run";
  EXPECT_EQ(memory.finding, hello.finding);
  EXPECT_EQ(memory.message, hello.message);
  EXPECT_EQ(memory.where, hello.where);
}

TEST(Verdict, SaysNotStartedOfTheSkeleton) {
  const CheckResult result = verdict("ipc::not_started();");
  EXPECT_EQ(result.status, "failed") << "an unknown name: the header is not included";
  const Graded graded = grade(R"(#include "toy.h"
#include "common/ipc/not_started.h"
std::string lab::act(std::string_view, int, int) { ipc::not_started(); }
)",
                              "");
  for (const auto& [id, check] : graded.checks) {
    EXPECT_EQ(check.status, "not-started") << proof::shown(check);
    EXPECT_THAT(check.where, ElementsAre(Place{"toy.cpp", 3, "act"}));
  }
}

TEST(Verdict, SaysWhatDoesNotCompile) {
  const Graded graded = grade("#include \"toy.h\"\n\nint broken = ;\n", "");
  EXPECT_EQ(graded.compiler.status, "failed");
  for (const auto& [id, check] : graded.checks) {
    EXPECT_EQ(check.finding, "compile-error") << proof::shown(check);
    EXPECT_THAT(check.message, HasSubstr("toy.cpp does not compile"));
    ASSERT_FALSE(check.where.empty()) << id;
    EXPECT_EQ(check.where[0].file, "toy.cpp");
    EXPECT_EQ(check.where[0].line, 3);
  }
}

TEST(Verdict, SaysWhichFunctionNobodyDefines) {
  const Graded graded = grade("#include \"toy.h\"\nint nothing_of_the_lab = 1;\n", "SaysHello");
  const CheckResult& missing = graded.of("Act.SaysHello");
  EXPECT_EQ(missing.finding, "not-started");
  EXPECT_THAT(missing.message, HasSubstr("No file of the submission defines `act`. It belongs into "
                                         "toy.cpp."));
}

TEST(Verdict, SaysWhichFunctionIsCalledAndNotThere) {
  const Graded graded = grade(R"(#include "toy.h"
int somewhere_else(int);
std::string lab::act(std::string_view, int, int) { return std::to_string(somewhere_else(1)); }
)",
                              "SaysHello");
  const CheckResult& missing = graded.of("Act.SaysHello");
  EXPECT_EQ(missing.finding, "compile-error") << proof::shown(missing);
  EXPECT_THAT(missing.message, HasSubstr("`somewhere_else` is called"));
}

// A limit of 0 bytes for message queues is as good as a kernel without them.
TEST(Verdict, TakesNoPointsWhereAMachineHasNoMessageQueues) {
  rlimit before{};
  ::getrlimit(RLIMIT_MSGQUEUE, &before);
  const rlimit none{0, before.rlim_max};
  ::setrlimit(RLIMIT_MSGQUEUE, &none);
  Call call;
  call.check = "^Mailbox.KeepsEachMessageWhole$";
  call.jobs = 1;
  const Graded graded =
      proof::grade("02-message-queues", IPCLAB_SOURCE_DIR "/solutions/02-message-queues", call);
  ::setrlimit(RLIMIT_MSGQUEUE, &before);
  EXPECT_EQ(graded.exit_status, 0) << proof::shown(graded);
  const CheckResult& result = graded.of("Mailbox.KeepsEachMessageWhole");
  EXPECT_EQ(result.status, "error");
  EXPECT_THAT(result.message, HasSubstr("mq_open(3) says: Too many open files (EMFILE)"));
}

TEST(Judge, RefusesACheckThatThereIsNot) {
  Call call;
  call.kit = IPCLAB_TEST_KIT_DIR;
  call.check = "NoSuchCheck";
  const proof::Scratch submission;
  submission.write("toy.cpp", "");
  const Graded graded = proof::grade("90-toy", submission.path(), call);
  EXPECT_EQ(graded.exit_status, 3);
  EXPECT_THAT(graded.error, HasSubstr("NoSuchCheck"));
  EXPECT_THAT(graded.checks, IsEmpty());
}

}  // namespace
