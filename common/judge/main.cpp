/// The judge of a lab: its checks as a GoogleTest program, and what they need around them.
///
///     judge [--submission DIR] [--seed N] [--jobs N] [--check REGEX] [--events-fd FD]
///           [GoogleTest's own options]
///
/// With --events-fd it speaks to `ipclab`: one JSON object a line (verdict.h), and exit status 0 if
/// it could do its job, whatever the score. Without, it is an ordinary GoogleTest program, as CTest
/// and an editor's test explorer expect it.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <iostream>
#include <regex>
#include <thread>

#include "common/judge/check.h"
#include "common/judge/coordinator.h"
#include "common/judge/kit.h"

namespace {

struct Options {
  std::string submission;
  std::uint64_t seed = 1;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string check;
  int events_fd = -1;
};

int run(const Options& options) {
  const judge::Kit kit = judge::Kit::of_this_program();
  const std::string name =
      std::filesystem::canonical("/proc/self/exe").parent_path().filename().string();
  for (judge::Lab& lab : kit.labs()) {
    if (lab.name != name) continue;
    judge::Assignment assignment;
    assignment.lab = lab;
    assignment.submission = options.submission.empty()
                                ? std::string(IPCLAB_SOURCE_DIR "/labs/") + name
                                : options.submission;
    assignment.seed = options.seed;
    assignment.jobs = options.events_fd >= 0 ? options.jobs : 1;
    assignment.check = options.check;
    assignment.events_fd = options.events_fd;
    return judge::coordinate(kit, assignment);
  }
  throw std::runtime_error("the kit knows no lab " + name);
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  // A reader that goes away is an error of write(2) for us, not the end.
  ::signal(SIGPIPE, SIG_IGN);

  Options options;
  CLI::App app("The checks of a lab. `ipclab grade` is the program for people.");
  app.add_option("--submission", options.submission, "the student's directory");
  app.add_option("--seed", options.seed, "chooses what the checks send");
  app.add_option("--jobs", options.jobs, "processes side by side")->check(CLI::PositiveNumber);
  app.add_option("--check", options.check, "only checks whose id matches this regular expression");
  app.add_option("--events-fd", options.events_fd, "descriptor to tell `ipclab` the results on");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(options);
  } catch (const std::exception& e) {
    if (options.events_fd >= 0) {
      const std::string line = judge::event::error(e.what()).dump() + "\n";
      (void)!::write(options.events_fd, line.data(), line.size());
    }
    std::cerr << "judge: " << e.what() << '\n';
    return 3;
  }
}
