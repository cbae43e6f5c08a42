/// The judge of a lab: its checks as a GoogleTest program, and what they need around them.
///
///     judge [--submission DIR] [--seed N] [--jobs N] [--check REGEX] [--events-fd FD]
///           [GoogleTest's own options]
///
/// With --events-fd it speaks to `ipclab`: one JSON object a line (verdict.h), and exit status 0 if
/// it could do its job, whatever the score. Without, it is an ordinary GoogleTest program, as CTest
/// and an editor's test explorer expect it.

#include <getopt.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "common/judge/check.h"
#include "common/judge/coordinator.h"
#include "common/judge/kit.h"

namespace {

struct Options {
  std::string submission;
  std::uint64_t seed = 1;
  int jobs = 1;
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

template <class Number>
Number number(const char* text, const char* option) {
  Number value{};
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc{} || *end != '\0') {
    throw std::runtime_error(std::string("--") + option + " takes a number, and not \"" + text +
                             "\"");
  }
  return value;
}

Options parse(int argc, char** argv) {
  constexpr std::array known{option{"submission", required_argument, nullptr, 'd'},
                             option{"seed", required_argument, nullptr, 's'},
                             option{"jobs", required_argument, nullptr, 'j'},
                             option{"check", required_argument, nullptr, 'c'},
                             option{"events-fd", required_argument, nullptr, 'e'},
                             option{nullptr, 0, nullptr, 0}};
  Options options;
  for (int letter; (letter = ::getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
    switch (letter) {
      case 'd':
        options.submission = optarg;
        break;
      case 's':
        options.seed = number<std::uint64_t>(optarg, "seed");
        break;
      case 'j':
        options.jobs = std::max(1, number<int>(optarg, "jobs"));
        break;
      case 'c':
        options.check = optarg;
        break;
      case 'e':
        options.events_fd = number<int>(optarg, "events-fd");
        break;
      default:
        throw std::runtime_error("unknown option; `ipclab grade` is the program for people");
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  // A reader that goes away is an error of write(2) for us, not the end.
  ::signal(SIGPIPE, SIG_IGN);
  Options options;
  try {
    options = parse(argc, argv);
    return run(options);
  } catch (const std::exception& e) {
    if (options.events_fd >= 0) judge::tell_error(options.events_fd, e.what());
    std::cerr << "judge: " << e.what() << '\n';
    return 3;
  }
}
