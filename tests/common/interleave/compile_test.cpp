/// From sources to programs that can be explored, with every compiler that this machine has.

#include "common/explore/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "common/explore/explorer.h"
#include "tests/common/interleave/expected.h"

namespace {

namespace fs = std::filesystem;

using testing::IsEmpty;

const fs::path engine = fs::path(IPCLAB_KIT_DIR) / "interleave" / "libinterleave.a";

/// A directory that is gone when the test is.
class Scratch {
 public:
  Scratch() : path_((fs::temp_directory_path() / "compile-test-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] fs::path operator/(const std::string& name) const { return fs::path(path_) / name; }
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::array<char, 4096> piece;
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), size);
  }
  if (::pclose(pipe) != 0) throw std::runtime_error("'" + command + "' fails");
  return output;
}

/// The names in `symbols`, as nm(1) prints them, that a compiler makes up at accesses.
std::set<std::string> callbacks_in(const std::string& symbols) {
  const std::regex name("__(tsan|atomic)_\\w+");
  return {std::sregex_token_iterator(symbols.begin(), symbols.end(), name),
          std::sregex_token_iterator()};
}

std::set<std::string> missing(const std::set<std::string>& wanted) {
  const auto defined = callbacks_in(output_of("nm --defined-only " + engine.string()));
  std::set<std::string> rest;
  std::set_difference(wanted.begin(), wanted.end(), defined.begin(), defined.end(),
                      std::inserter(rest, rest.end()));
  return rest;
}

/// `command` is what --cc would say; empty: nothing.
fs::path compiled(const std::string& command, const std::vector<fs::path>& sources,
                  const Scratch& scratch) {
  explore::Toolchain tools;
  tools.compiler = IPCLAB_COMPILER;
  tools.engine = engine;
  if (!command.empty()) tools.command = explore::words_of(command);
  return explore::compile(tools, {sources.begin(), sources.end()}, scratch.path());
}

fs::path written(const Scratch& scratch, const std::string& name, const std::string& text) {
  std::ofstream(scratch / name) << text;
  return scratch / name;
}

/// The exit status of a program that nobody explores.
int status_of(const fs::path& program) {
  const int status = std::system(program.c_str());  // NOLINT(concurrency-mt-unsafe)
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// --- What a compiler calls -----------------------------------------------------------------------

// instrumented/names.txt is what the instrumentation of g++ 12 and of clang 14 to 22 can call.
TEST(Engine, DefinesEveryNameThatACompilerCalls) {
  std::ifstream file(fs::path(IPCLAB_SUITE) / "instrumented" / "names.txt");
  const std::set<std::string> names{std::istream_iterator<std::string>(file), {}};
  ASSERT_GT(names.size(), 100U);
  EXPECT_THAT(missing(names), IsEmpty());
}

class Compiler : public testing::TestWithParam<std::string> {
 protected:
  static bool is_clang() { return GetParam().find("clang") != std::string::npos; }
};

TEST_P(Compiler, CallsNothingThatTheEngineLacks) {
  const Scratch scratch;
  const fs::path object = scratch / "accesses.o";
  const std::string volatiles =
      is_clang() ? " -mllvm -tsan-distinguish-volatile=1" : " --param tsan-distinguish-volatile=1";
  std::vector<std::string> more{"", volatiles};
  if (is_clang()) more.emplace_back(" -mllvm -tsan-compound-read-before-write=1");
  std::set<std::string> called;
  for (const char* optimised : {"-O0", "-O2"}) {
    for (const std::string& options : more) {
      output_of(GetParam() + " -std=c++20 -w -fsanitize=thread " + optimised + options + " -c " +
                (fs::path(IPCLAB_SUITE) / "instrumented" / "accesses.cpp").string() + " -o " +
                object.string());
      called.merge(callbacks_in(output_of("nm --undefined-only " + object.string())));
    }
  }
  EXPECT_GT(called.size(), 80U) << "is it instrumented at all?";
  EXPECT_THAT(missing(called), IsEmpty());
}

TEST_P(Compiler, MakesAProgramThatCanBeExplored) {
  const Scratch scratch;
  const fs::path program =
      compiled(GetParam() + " -std=c++20 -w",
               {fs::path(IPCLAB_SUITE) / "instrumented" / "accesses.cpp"}, scratch);
  EXPECT_EQ(status_of(program), 0);
  explore::Explorer explorer(program, {}, 1);
  explore::Search search;
  search.schedules = 5;
  EXPECT_FALSE(explorer.search(search).failed());
  // ThreadSanitizer's own runtime would be there by its other names.
  const std::string symbols = output_of("nm " + program.string());
  EXPECT_EQ(symbols.find("__sanitizer_"), std::string::npos);
}

std::string tidy(const std::string& name) {
  return std::regex_replace(std::regex_replace(name, std::regex("\\+\\+"), "xx"),
                            std::regex("[^A-Za-z0-9]"), "_");
}

INSTANTIATE_TEST_SUITE_P(Engine, Compiler, testing::ValuesIn(suite::compilers()),
                         [](const auto& test) { return tidy(test.param); });

// --- Part of the suite, by clang -----------------------------------------------------------------

const std::vector<std::string> some{
    "abba-threads.wrong",      "atomic-pair.wrong",        "atomic-wait-processes.wrong",
    "counter-processes.right", "counter-processes.wrong",  "double-checked-locking.wrong",
    "exit-holding-lock.wrong", "lost-wakeup.wrong",        "message-passing.right",
    "publish-relaxed.wrong",   "spin-on-plain-bool.wrong", "standard-barrier.right",
    "treiber-stack.wrong"};

/// The compilers of one kind: the first of each will do.
std::string first_clang() {
  for (const std::string& name : suite::compilers()) {
    if (name.starts_with("clang++")) return name;
  }
  return "";
}

class ByClang : public testing::TestWithParam<std::string> {};

TEST_P(ByClang, IsToldRightFromWrong) {
  if (first_clang().empty()) GTEST_SKIP() << "there is no clang++";
  const Scratch scratch;
  const fs::path source = fs::path(IPCLAB_SUITE) / "programs" / (GetParam() + ".cpp");
  suite::explores_as(compiled(first_clang() + " -std=c++20", {source}, scratch),
                     suite::expected_of(source));
}

INSTANTIATE_TEST_SUITE_P(Engine, ByClang, testing::ValuesIn(some),
                         [](const auto& test) { return tidy(test.param); });

// --- Programs in C -------------------------------------------------------------------------------

std::vector<std::string> programs_in_c() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(IPCLAB_SUITE) / "c")) {
    if (entry.path().extension() == ".c") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// By whom it is compiled, and which it is.
class InC : public testing::TestWithParam<std::tuple<std::string, std::string>> {};

TEST_P(InC, IsToldRightFromWrong) {
  const auto& [by, name] = GetParam();
  std::string command;  // of C++: a source in C is C all the same
  if (by == "clang") {
    if (first_clang().empty()) GTEST_SKIP() << "there is no clang++";
    command = first_clang() + " -std=c++20 -Werror";
  }
  const Scratch scratch;
  const fs::path source = fs::path(IPCLAB_SUITE) / "c" / (name + ".c");
  suite::explores_as(compiled(command, {source}, scratch), suite::expected_of(source));
}

INSTANTIATE_TEST_SUITE_P(Engine, InC,
                         testing::Combine(testing::Values("default", "clang"),
                                          testing::ValuesIn(programs_in_c())),
                         [](const auto& test) {
                           return tidy(std::get<0>(test.param) + "_" + std::get<1>(test.param));
                         });

// --- Which language, and which options -----------------------------------------------------------

/// Two sources that say what they were compiled as: 0 if each was what it is.
struct Mixed {
  Scratch scratch;
  std::vector<fs::path> sources{
      written(scratch, "one.c",
              "#ifdef __cplusplus\n#error C, please\n#endif\n"
              "int new(void) { return (int)__STDC_VERSION__; }\n"),
      written(scratch, "two.cpp",
              "#ifdef NUMBER\nconstexpr int number = NUMBER;\n#else\nconstexpr int number = 0;\n"
              "#endif\n#include <cmath>\nextern \"C\" int c() asm(\"new\");\n"
              "int main() { return __cplusplus >= 202002L && c() >= 201112L ? number : 1; }\n")};
};

TEST(Compile, TakesEachSourceForWhatItsNameSays) {
  std::vector<std::string> commands{""};
  for (const std::string& compiler : suite::compilers()) {
    // "gcc-12" and "clang-14" as well.
    const auto at = compiler.find("++");
    const std::string of_c =
        std::string(compiler).replace(at, 2, compiler.starts_with("g++") ? "cc" : "");
    commands.push_back(compiler + " -std=c++20");
    commands.push_back(compiler + " -I . -std=gnu++20");
    commands.push_back(of_c + " -std=c11");
  }
  for (const std::string& command : commands) {
    const Mixed mixed;
    EXPECT_EQ(status_of(compiled(command, mixed.sources, mixed.scratch)), 0) << command;
  }
}

TEST(Compile, HandsItsOptionsOn) {
  const Mixed mixed;
  const std::string options = " -std=c++20 -DNUMBER=7 -Wl,--defsym=ours=7 -fsanitize=thread";
  const fs::path program =
      compiled(suite::compilers().front() + options, mixed.sources, mixed.scratch);
  EXPECT_EQ(status_of(program), 7);
  EXPECT_NE(output_of("nm " + program.string()).find(" ours\n"), std::string::npos);
}

TEST(Compile, SaysWhatDoesNotCompile) {
  const Scratch scratch;
  const fs::path source = written(scratch, "wrong.c", "int main(void) { return nothing; }\n");
  testing::internal::CaptureStderr();
  EXPECT_THROW(compiled("", {source}, scratch), explore::CompileError);
  testing::internal::GetCapturedStderr();
}

}  // namespace
