#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/judge/bytes.h"

namespace judge {

/// How what arrived differs from what was expected, in a sentence for a person; "" if it does not.
std::string difference(std::span<const std::byte> expected, std::span<const std::byte> arrived);

/// "a, b and c"; of many the first few, and how many more there are.
std::string joined(std::vector<std::string> words);

}  // namespace judge
