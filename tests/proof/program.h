#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace proof {

/// A program and how it is started.
struct Command {
  std::vector<std::string> words{};  ///< the program, found in PATH, and its arguments
  std::filesystem::path work = "/";
  /// Added to the environment; a name with an empty value is taken out of it.
  std::vector<std::pair<std::string, std::string>> environment{};
  /// Limits of setrlimit(2): which, and how much. Soft limits, which a program may raise again.
  std::vector<std::pair<int, unsigned long>> limits{};
  /// Called with each line of descriptor 3 as it comes.
  std::function<void(const std::string&)> hear{};
};

/// What became of it.
struct Ended {
  int exit_status = -1;  ///< -1: it was ended by a signal
  int signal = 0;
  std::string printed;  ///< standard output and standard error
  std::string told;     ///< what it wrote to descriptor 3
};

/// Starts a program, reads all it says and waits for its end. Should this process die, the program
/// is killed.
/// @throws ipc::SystemError
Ended run(const Command& command);

}  // namespace proof
