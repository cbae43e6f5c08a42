#pragma once

#include <string>
#include <vector>

#include "common/interleave/core/control.h"
#include "common/judge/kit.h"

namespace judge {

/// What a program did when its processes took turns as somebody wrote.
struct Performed {
  bool went_wrong = false;
  std::string what;   ///< what happened, in a sentence or two; "" if nothing went wrong
  std::string table;  ///< every step of it
  std::string id;     ///< by which `ipclab replay` shows it again; "" if it could not be kept
};

/// Runs a wrong program that a lab gives to its students, to be broken: `broken/NAME.cpp` in the
/// lab's part of the kit, and beside it what was made of that for the engine. No line of a
/// submission is in it. When the turns are over, who runs goes on as long as it can.
/// @param names  what its processes are called, in the order in which they are made; the first is
///               that of main.
/// @throws std::runtime_error  if it cannot be run.
Performed perform_broken_program(const Kit& kit, const std::string& lab, const std::string& name,
                                 const std::vector<std::string>& names,
                                 const std::vector<interleave::Turn>& turns);

}  // namespace judge
