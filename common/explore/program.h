#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/interleave/core/control.h"
#include "common/ipc/unique_fd.h"

namespace explore {

/// A started program, from which its runs are forked. Destroying it ends it, and all that it has
/// started.
class Server {
 public:
  virtual ~Server() = default;
  /// Waits for its end. @returns how it ended, as wait(2) has it
  virtual int wait() = 0;
  /// Its process, by the number that we see.
  [[nodiscard]] virtual pid_t pid() const = 0;
};

/// What a server is given, as our descriptors.
struct Links {
  int segment;  ///< the control segment
  int orders;   ///< a socket to the explorer
  int printed;  ///< for what it prints
  int reports;  ///< for what it reports to who explores it; see `Program::reports`
};

/// Where the server has to find them, and the variable of its environment that tells it so.
inline constexpr int segment_fd = 1000, orders_fd = 1001, reports_fd = 1002;
inline constexpr const char* links_variable = "IPCLAB_INTERLEAVE=1000 1001";

using Start = std::function<std::unique_ptr<Server>(const Links&)>;

/// Starts `file` as a shell would, with fixed addresses, and nobody to report to.
Start in_the_open(const std::filesystem::path& file, const std::vector<std::string>& arguments);

/// A program that was linked with the engine, ready to be run again and again.
class Program {
 public:
  /// Starts it; it waits before its main.
  /// @param name  what it is called in messages.
  /// @throws std::runtime_error  if it does not start, or was not linked with the engine.
  Program(std::string name, const Start& start);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Runs it once as `plan()` says; when it returns nobody of the run is left, and `control()` says
  /// what has happened.
  void run();

  [[nodiscard]] interleave::Plan& plan() { return control_->plan; }
  [[nodiscard]] const interleave::Control& control() const { return *control_; }
  [[nodiscard]] interleave::Control& control() { return *control_; }
  /// The beginning of what it has printed in the last run.
  [[nodiscard]] std::string output();
  /// What it has written to its reports in the last run, past the engine: a claim.
  [[nodiscard]] std::string reports();

 private:
  void begin_anew();
  void keep_here();
  /// The same after a run that has left nothing to be believed; and says so in its verdict.
  void begin_from_scratch();

  std::string name_;
  interleave::Control* control_ = nullptr;
  ipc::UniqueFd orders_;
  ipc::UniqueFd printed_, reports_;
  std::unique_ptr<Server> server_;
  int processor_ = -1;  // that it is kept on
};

}  // namespace explore
