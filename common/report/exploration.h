#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/explore/explorer.h"
#include "common/explore/story.h"

/// What came of exploring a program, in the forms in which it is shown.
namespace report {

/// A program that was explored, and what was found.
struct Exploration {
  std::string program;  ///< As it was named on the command line.
  std::vector<std::string> arguments;
  explore::Search search;
  explore::Found found;
  explore::Story story;  ///< If something was found.
  std::string output;    ///< What the program printed in that run.
  std::string id;        ///< Under which the schedule is kept; empty: it is not.
};

/// Whether what was found is about the program, and not about the engine's own limits.
bool is_finding(const Exploration& exploration);

/// For a terminal.
std::string render(const Exploration& exploration, bool colour, int width);
/// The object that `docs/exploration-schema.md` describes.
nlohmann::ordered_json to_json(const Exploration& exploration);
/// "dfs", "pct", "random" or "mixed".
std::string to_string(explore::Way way);

}  // namespace report
