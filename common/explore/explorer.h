#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/explore/program.h"
#include "common/explore/strategy.h"

namespace explore {

/// In which way schedules are chosen. `mixed`: systematically first, and what is left of the number
/// of schedules by random priorities and random walks in turn.
enum class Way { mixed, systematic, priorities, random };

/// How long and in which way to look.
struct Search {
  Way way = Way::mixed;
  std::uint64_t schedules = 5'000;
  int preemptions = 2;  ///< The most that a systematic search makes in a run.
  std::uint64_t seed = 1;
  bool weak_memory = true;  ///< Atomic reads may see older values, as C++ allows.
  bool spurious = false;    ///< Waits for a condition may end for no reason.
  bool faults = false;      ///< Calls may fail.
  bool reduces = true;
  /// The numbers of processes that may be killed. The death of one alone counts as a preemption.
  /// Those of several do not: each dies only once, and what matters is all of them together.
  std::vector<std::uint32_t> kill = {};
  std::optional<std::chrono::seconds> limit;  ///< Of the search; makes its end a matter of luck.
};

/// What came of it.
struct Found {
  interleave::Outcome outcome = interleave::Outcome::finished;
  std::uint64_t schedules = 0;
  int complete_up_to = -1;            ///< Preemptions; -1: cannot be said.
  bool everything = false;            ///< There is no other schedule.
  std::vector<std::uint8_t> choices;  ///< Of the failing schedule, shrunk.
  std::uint32_t cost = 0;             ///< Its preemptions and other rarities.
  std::string wrong;                  ///< What a run came to that should not; see `Verdict`.
  double seconds = 0;

  [[nodiscard]] bool failed() const {
    return outcome != interleave::Outcome::finished || !wrong.empty();
  }
};

/// What is known of one run.
struct Run {
  interleave::Outcome outcome = interleave::Outcome::finished;
  std::uint32_t steps = 0;
  std::int64_t slept = 0;  ///< Virtual nanoseconds: for so long nobody could do anything but wait.
  Decisions decisions;
  std::string output;   ///< The beginning of what it has printed, if that is to be kept,
  std::string reports;  ///< and what it has reported.
  /// How its processes ended, as wait(2) has it, in the order in which they were made.
  std::vector<std::int32_t> statuses;
};

/// Looks at a run that went well by itself. @returns what is wrong all the same; "" if nothing
using Judgement = std::function<std::string(const Run&)>;

/// Runs one program again and again, several of it side by side. What it finds does not depend on
/// how many those are.
class Explorer {
 public:
  /// @param side_by_side  how many runs at once.
  /// @throws what Program's constructor throws.
  Explorer(const std::filesystem::path& file, const std::vector<std::string>& arguments,
           int side_by_side);
  /// The same with a program that is started in another way.
  Explorer(const std::string& name, const Start& start, int side_by_side);

  /// Looks for a schedule in which the program fails. If there is one, it has been run again and
  /// shrunk, and the last run of `program()` was that.
  /// @param each  called after each run, in an order that is always the same; false ends the
  /// search.
  Found search(const Search& search, const std::function<bool(const Run&)>& each = {});

  /// Runs one schedule, in `program()`.
  Run replay(const Search& search, const std::vector<std::uint8_t>& choices);
  /// Runs the schedule in which the processes take these turns, in `program()`.
  Run perform(const Search& search, const std::vector<interleave::Turn>& turns);

  [[nodiscard]] Program& program() { return *programs_.front(); }
  /// Whether `each` is to be told what a run has printed.
  void keep_output(bool keep) { keeps_output_ = keep; }
  /// What is to be thought of a run that has come to its end.
  void judge_by(Judgement judgement) { judgement_ = std::move(judgement); }

 private:
  [[nodiscard]] std::vector<Run> run_all(const Search& search, const std::vector<Draft>& drafts);
  Run run(Program& program, const Search& search, const Draft& draft) const;
  std::string shrink(const Search& search, std::vector<std::uint8_t>& choices);

  std::vector<std::unique_ptr<Program>> programs_;
  [[nodiscard]] std::string judge(const Run& run) const;

  bool keeps_output_ = false;
  Judgement judgement_;
};

/// A schedule in a few letters, and back.
std::string to_id(const std::vector<std::uint8_t>& choices);
std::optional<std::vector<std::uint8_t>> from_id(const std::string& id);

}  // namespace explore
