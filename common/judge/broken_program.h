#pragma once

#include <filesystem>
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

/// A wrong program that a lab gives to its students, to be broken: `broken/NAME.cpp` in the lab's
/// part of the kit, and beside it what was made of that for the engine. No line of a submission is
/// in it.
///
/// Its processes are called, in the order in which they are made, by `names`; the first is that of
/// main.
class BrokenProgram {
 public:
  BrokenProgram(const Kit& kit, const std::string& lab, std::string name,
                std::vector<std::string> names);

  /// Runs it. When the turns are over, who runs goes on as long as it can.
  /// @throws std::runtime_error  if it cannot be run.
  [[nodiscard]] Performed perform(const std::vector<interleave::Turn>& turns) const;

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  const Kit& kit_;
  std::filesystem::path file_;
  std::string name_;
  std::vector<std::string> names_;
};

}  // namespace judge
