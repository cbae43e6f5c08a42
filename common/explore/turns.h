#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/interleave/core/control.h"

namespace explore {

/// A schedule that a person wrote, and what is wrong with it; names the line.
class BadTurns : public std::runtime_error {
 public:
  BadTurns(int line_, const std::string& what) : std::runtime_error(what), line(line_) {}
  int line;  ///< from 1
};

/// Reads a schedule: a line for each turn, with the name of a process and how many steps it takes.
/// Without a number it runs as long as it can. `#` begins a comment.
///
///     left 2     # left takes two steps,
///     right      # then right runs until it has to wait, or ends,
///     left       # then left.
///
/// @param names  of the processes, in the order in which they were made.
/// @throws BadTurns
std::vector<interleave::Turn> turns_from(std::string_view text,
                                         const std::vector<std::string>& names);

}  // namespace explore
