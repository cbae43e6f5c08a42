#include <memory>
#include <unordered_set>
#include <vector>

#include "common/explore/strategy.h"

namespace explore {

namespace {

using interleave::Decision;

/// A run is told by the choices of one that has been, up to where it branches off, so that what
/// they have in common is kept once.
struct Branch {
  std::shared_ptr<const std::vector<std::uint8_t>> choices;
  std::uint32_t at;    // the decision in which it goes another way
  std::uint8_t taken;  // that way
};

class Systematic : public Strategy {
 public:
  Systematic(int most, bool reduces)
      : todo_(static_cast<std::size_t>(most) + 1), reduces_(reduces) {}

  std::optional<Draft> next() override {
    Draft draft;
    if (!begun_) {
      begun_ = true;
      ++running_;
      return draft;
    }
    std::size_t cost = 0;
    while (cost < todo_.size() && todo_[cost].empty()) ++cost;
    // All of one cost come before any of the next, or a state could be seen at a greater cost
    // first.
    if (cost != cost_ && running_ > 0) return std::nullopt;
    cost_ = cost;
    if (cost == todo_.size()) return std::nullopt;
    // The youngest first: of those with the same cost, whichever.
    const Branch branch = std::move(todo_[cost].back());
    todo_[cost].pop_back();
    draft.choices.assign(branch.choices->begin(), branch.choices->begin() + branch.at);
    draft.choices.push_back(branch.taken);
    ++running_;
    return draft;
  }

  void saw(const Draft& draft, const Decisions& decisions) override {
    --running_;
    const auto choices = std::make_shared<std::vector<std::uint8_t>>(choices_of(decisions));
    std::size_t cost = 0;
    for (std::uint32_t i = 0; i < decisions.size(); ++i) {
      const Decision& decision = decisions[i];
      if (i >= draft.choices.size()) {
        // Another run has been in this state at no greater cost, and what can follow is the same.
        if (reduces_ && !seen_.insert(decision.state).second) break;
        for (std::uint8_t other = 0; other < decision.options; ++other) {
          if (other == decision.taken) continue;
          const std::size_t total = cost + (other != 0 ? decision.cost : 0);
          if (total < todo_.size()) {
            todo_[total].push_back({choices, i, other});
          } else {
            left_out_ = true;
          }
        }
      }
      cost += decision.taken != 0 ? decision.cost : 0;
    }
  }

  [[nodiscard]] int complete_up_to() const override {
    for (std::size_t cost = 0; cost < todo_.size(); ++cost) {
      if (!todo_[cost].empty()) return static_cast<int>(cost) - 1;
    }
    return begun_ && running_ == 0 ? static_cast<int>(todo_.size()) - 1 : -1;
  }

  [[nodiscard]] bool tried_everything() const override {
    return !left_out_ && complete_up_to() + 1 == static_cast<int>(todo_.size());
  }

 private:
  std::vector<std::vector<Branch>> todo_;   // by cost
  std::unordered_set<std::uint64_t> seen_;  // states
  std::size_t cost_ = 0;                    // of those that are being run
  int running_ = 0;
  bool reduces_;
  bool begun_ = false;
  bool left_out_ = false;
};

}  // namespace

std::unique_ptr<Strategy> systematic(int most_preemptions, bool reduces) {
  return std::make_unique<Systematic>(most_preemptions, reduces);
}

}  // namespace explore
