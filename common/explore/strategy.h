#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/interleave/core/control.h"

/// Which schedules are tried, one after the other. A strategy drafts runs, and sees what became of
/// them; the engine knows nothing of strategies, and strategies know nothing of programs.
namespace explore {

/// What one run is to do: the first choices, and a rule for all others.
struct Draft {
  std::vector<std::uint8_t> choices;
  interleave::Tail tail = interleave::Tail::run_on;
  std::uint64_t seed = 1;
  std::uint32_t depth = 3;                   ///< Tail::priorities
  std::uint32_t expected_steps = 20;         ///< Tail::priorities
  std::vector<interleave::Turn> turns = {};  ///< Tail::turns
};

using Decisions = std::vector<interleave::Decision>;

/// What was taken at each of them: with it a run can be had again.
inline std::vector<std::uint8_t> choices_of(const Decisions& decisions) {
  std::vector<std::uint8_t> choices;
  choices.reserve(decisions.size());
  for (const interleave::Decision& decision : decisions) choices.push_back(decision.taken);
  return choices;
}

class Strategy {
 public:
  virtual ~Strategy() = default;
  /// The next run. It may be asked for several before it sees what became of the first.
  /// @returns nothing if there is nothing (more) to try: then ask again when it has seen more.
  virtual std::optional<Draft> next() = 0;
  /// What was decided in a run that did not fail.
  virtual void saw(const Draft& draft, const Decisions& decisions) = 0;
  /// All schedules with up to so many preemptions (and other rarities) have been tried; -1 if that
  /// cannot be said.
  [[nodiscard]] virtual int complete_up_to() const { return -1; }
  /// Every schedule that there is has been tried, whatever number of preemptions it has.
  [[nodiscard]] virtual bool tried_everything() const { return false; }
};

/// Every schedule, those with the fewest preemptions first. States that have been seen are not
/// entered again, if `reduces`.
/// @see Musuvathi and Qadeer 2007, "Iterative Context Bounding for Systematic Testing of
///      Multithreaded Programs"; Mazurkiewicz 1977 for when two schedules are equivalent
std::unique_ptr<Strategy> systematic(int most_preemptions, bool reduces = true);
/// Random walks, in which a thread runs on for a while of random length.
std::unique_ptr<Strategy> random_walks(std::uint64_t seed);
/// Random priorities. @see Burckhardt et al. 2010, "A Randomized Scheduler with Probabilistic
/// Guarantees of Finding Bugs"
std::unique_ptr<Strategy> random_priorities(std::uint64_t seed, unsigned depth);

}  // namespace explore
