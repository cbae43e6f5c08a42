#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/judge/verdict.h"

/// The one model of a result, and its outputs: each of them is written from it and from nothing
/// else.
namespace report {

/// A check's result, and how many hints there are for it.
struct Check : judge::CheckResult {
  int hints_available = 0;
};

/// What came of grading a submission for one lab.
struct LabResult {
  std::string lab;    ///< "01-pipe".
  std::string title;  ///< "Pipes: a stream of bytes".
  std::uint64_t seed = 0;
  std::string isolation;      ///< bubblewrap, landlock or none.
  double seconds = 0;         ///< The only thing that may differ when the same is graded again.
  std::vector<Check> checks;  ///< Part by part; in a part as the judge announced them.
  judge::CompilerReport compiler;

  /// The points that were given.
  [[nodiscard]] int score() const;

  /// The points that could be had: of the checks that ran, without those that the grader itself
  /// failed at, so that its own failure costs nobody a point.
  [[nodiscard]] int max_score() const;

  /// Whether the grader failed at one of the checks.
  [[nodiscard]] bool has_errors() const;
};

/// The words that a result may use, in the order in which they are shown.
const std::vector<std::string>& kinds();
const std::vector<std::string>& findings();

/// The judge could not do its job, said so or said what nobody understands. `what()` is for the
/// person at the terminal.
class JudgeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The judge itself said why it cannot go on, so that nothing has to be guessed.
class DeclaredError : public JudgeError {
 public:
  using JudgeError::JudgeError;
};

/// How many hints there are, by check id.
using HintCounts = std::map<std::string, int>;

/// Puts a result together from a judge's lines as they arrive, and refuses what makes no sense:
/// rather no result than a wrong one.
class Assembler {
 public:
  explicit Assembler(HintCounts hints = {});

  /// Takes one line of a judge. What it quotes of a submission is cleaned here, once, so that
  /// nothing behind this point has to think of escape sequences or of bytes that are not UTF-8.
  /// @throws JudgeError  if it is no event, comes at the wrong time, or is the judge's own error.
  void take_line(std::string_view line);

  /// The same for a line that has been parsed already.
  void take(const nlohmann::json& event);

  /// The result.
  /// @throws JudgeError  unless the judge has said all that it announced, and `finished`.
  [[nodiscard]] LabResult finish() const;

  /// @name What is known so far, for a display of the progress.
  /// @{
  [[nodiscard]] bool announced() const { return stage_ != Stage::silent; }
  [[nodiscard]] bool finished() const { return stage_ == Stage::finished; }

  /// Checks that have no result yet have an empty `status`.
  [[nodiscard]] const LabResult& so_far() const { return result_; }
  [[nodiscard]] bool is_running(const std::string& id) const { return running_.contains(id); }
  /// @}

 private:
  enum class Stage { silent, running, finished };

  void announce(const nlohmann::json& event);
  void take_check(const nlohmann::json& event);
  Check& announced_check(const std::string& id);

  HintCounts hints_;
  Stage stage_ = Stage::silent;
  LabResult result_;
  std::set<std::string> running_;
};

}  // namespace report
