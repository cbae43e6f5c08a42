#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/judge/verdict.h"

/// The judge of a lab as the proof sees it: a program that is called and says what it found.
namespace proof {

/// How a judge is to be called.
struct Call {
  std::filesystem::path kit = IPCLAB_KIT_DIR;  ///< where the judge is
  std::string check;                           ///< a regular expression on ids; "" for all checks
  std::uint64_t seed = 1;                      ///< of the payloads
  int jobs = 2;                                ///< processes side by side
  std::filesystem::path work = "/";            ///< the directory it is called in
  std::vector<std::string> through{};          ///< a program that starts it, such as setpriv(1)
  /// Added to the environment; a name with an empty value is taken out of it.
  std::vector<std::pair<std::string, std::string>> environment{};
};

/// What a judge said of a submission.
struct Graded {
  int exit_status = -1;  ///< -1: it was ended by a signal
  bool finished = false;
  std::string error;  ///< the grader's own failure
  std::string isolation;
  judge::CompilerReport compiler;
  std::map<std::string, judge::CheckResult> checks;
  std::vector<judge::CheckInfo> announced;
  std::string printed;  ///< what it wrote to standard output and standard error

  /// Every event in a fixed order, one a line: results come in the order in which checks end, and
  /// that is not part of a report.
  std::string in_order() const;

  [[nodiscard]] int score() const;
  [[nodiscard]] int max_score() const;
  /// The result of a check; a test that asks for one that is not there fails with its name.
  [[nodiscard]] const judge::CheckResult& of(const std::string& id) const;
};

/// Grades the directory `submission` with the judge of `lab` ("01-pipe").
/// @throws std::runtime_error  if the judge says what no judge may say.
Graded grade(const std::string& lab, const std::filesystem::path& submission,
             const Call& call = {});

/// A check's result as a person wants to see it when a test has failed.
std::string shown(const judge::CheckResult& result);
/// All that a judge said, for the same purpose: what is not passed, and its own troubles.
std::string shown(const Graded& graded);

}  // namespace proof
