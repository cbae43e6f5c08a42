#pragma once

#include <cstddef>
#include <string>

#include "common/explore/story.h"

/// A schedule as a picture in HTML: a lane for each process and thread, time goes down.
namespace report {

/// Which of a story's rows are shown.
enum class Steps { essential, all };

/// So many are shown at most: a browser takes its time for each, and nobody reads more. Of longer
/// runs that is the beginning, the end, and what the finding is about.
inline constexpr std::size_t most_shown = 1000;

/// How many of a story's rows are shown.
std::size_t shown_in_lanes(const explore::Story& story, Steps steps);

/// A table whose columns are the lanes, with lines behind it: one for the life of each actor, an
/// arrow from each step to the one of another actor that comes after it, and a dashed line between
/// two steps that race. Steps that do not matter are faint in the one, and only counted in the
/// other. Its classes are those of the page's style sheet.
std::string lanes_of(const explore::Story& story, Steps steps);

/// How wide that is, in the page's unit (rem): so that it can be made to fit onto paper.
double width_of_lanes(const explore::Story& story, Steps steps);

}  // namespace report
