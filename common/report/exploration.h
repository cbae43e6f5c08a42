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
  explore::Story story;   ///< If something was found.
  std::string output;     ///< What the program printed in that run.
  std::string id;         ///< Under which the schedule is kept; empty: it is not.
  bool replayed = false;  ///< It is not the search that is told of, but its schedule run once more.
};

/// Whether what was found is about the program, and not about the engine's own limits.
bool is_finding(const Exploration& exploration);

/// For a terminal.
std::string render(const Exploration& exploration, bool colour, int width);
/// One page of HTML that needs nothing besides: no network, no script, no other file. Whatever the
/// program said is text in it, and never markup.
std::string to_page(const Exploration& exploration);
/// The object that `docs/exploration-schema.md` describes.
nlohmann::ordered_json to_json(const Exploration& exploration);
/// The schedule in the trace event format, which ui.perfetto.dev and chrome://tracing show: a slice
/// of one microsecond for each step, and a flow for each pair of which one happens before the
/// other.
nlohmann::ordered_json to_trace(const Exploration& exploration);
/// How far the search went, or when it found what it did: a sentence or two.
std::string summary(const Exploration& exploration);
/// "dfs", "pct", "random" or "mixed".
std::string to_string(explore::Way way);

}  // namespace report
