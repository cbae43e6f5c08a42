#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/judge/symbolizer.h"
#include "common/judge/verdict.h"

namespace judge {

/// A memory error or undefined behaviour, in our words.
struct SanitizerFinding {
  std::string message;
  std::vector<Place> where;
};

/// Looks for a report of AddressSanitizer or UndefinedBehaviorSanitizer in what a role printed.
std::optional<SanitizerFinding> sanitizer_finding(const std::string& output,
                                                  Symbolizer& symbolizer);

}  // namespace judge
