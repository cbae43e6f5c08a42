#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/bench/results.h"

namespace bench {

/// A demand on lab 04: a ratio of two figures of the same run.
struct Goal {
  std::string what;
  std::string against;
  bool at_most = false;  ///< the ratio may be at most `wanted`, or has to be at least that
  double wanted = 1;
  std::optional<double> ratio;  ///< nothing if one of the two was not measured

  [[nodiscard]] bool is_met() const {
    return ratio && (at_most ? *ratio <= wanted : *ratio >= wanted);
  }
};

std::vector<Goal> goals(const Results& results);

/// A line for each: whether it is met, the ratio, and what is demanded.
[[nodiscard]] std::string goals_in_words(const std::vector<Goal>& goals);

}  // namespace bench
