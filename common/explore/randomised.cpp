#include <algorithm>

#include "common/explore/strategy.h"

namespace explore {

namespace {

using interleave::Tail;

class Randomised : public Strategy {
 public:
  Randomised(Tail tail, std::uint64_t seed, unsigned depth)
      : tail_(tail), seed_(seed), depth_(depth) {}

  std::optional<Draft> next() override {
    Draft draft;
    draft.tail = tail_;
    draft.seed = ++seed_ * 0x9e3779b97f4a7c15ULL;
    draft.depth = depth_;
    draft.expected_steps = length_;
    return draft;
  }

  void saw(const Draft&, const Decisions& decisions) override {
    length_ = std::max(length_, static_cast<std::uint32_t>(decisions.size()));
  }

 private:
  Tail tail_;
  std::uint64_t seed_;
  unsigned depth_;
  std::uint32_t length_ = 20;  // of the longest run so far, in decisions
};

}  // namespace

std::unique_ptr<Strategy> random_walks(std::uint64_t seed) {
  return std::make_unique<Randomised>(Tail::random, seed, 0);
}

std::unique_ptr<Strategy> random_priorities(std::uint64_t seed, unsigned depth) {
  return std::make_unique<Randomised>(Tail::priorities, seed, depth);
}

}  // namespace explore
