#pragma once

#include <vector>

#include "common/report/layout.h"
#include "common/report/terminal.h"

/// How a report tells what went wrong.
namespace report {

/// How far a check stands within its part, columns.
inline constexpr int indent = 4;

/// Writes the failed checks `group`, which share one explanation, and the explanation.
void write_failure(Page& page, const View& view, const std::vector<const Check*>& group);

/// Writes what a check that has passed has to show.
void write_shown(Page& page, const Check& check);

/// Writes a check that could not be made.
void write_error(Page& page, const Check& check);

/// Writes what the compiler said, if it said anything.
void write_diagnostics(Page& page, const judge::CompilerReport& compiler);

/// Whether two failed checks have one cause: a file that does not compile fails all its checks.
bool share_an_explanation(const Check& left, const Check& right);

}  // namespace report
