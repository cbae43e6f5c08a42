#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/interleave/core/control.h"
#include "common/ipc/unique_fd.h"

namespace explore {

/// A program that was linked with the engine, ready to be run again and again.
class Program {
 public:
  /// Starts it; it waits before its main.
  /// @throws std::runtime_error  if it does not start, or was not linked with the engine.
  Program(const std::filesystem::path& file, const std::vector<std::string>& arguments);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Runs it once as `plan()` says; when it returns nobody of the run is left, and `control()` says
  /// what has happened.
  void run();

  [[nodiscard]] interleave::Plan& plan() { return control_->plan; }
  [[nodiscard]] const interleave::Control& control() const { return *control_; }
  [[nodiscard]] interleave::Control& control() { return *control_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  /// What it has printed in the last run.
  [[nodiscard]] std::string output();

 private:
  void begin_anew();
  /// The same after a run that has left nothing to be believed; and says so in its verdict.
  void begin_from_scratch();

  std::filesystem::path file_;
  interleave::Control* control_ = nullptr;
  ipc::UniqueFd orders_;
  ipc::UniqueFd printed_;
  pid_t server_ = -1;
};

}  // namespace explore
