#pragma once

#include <string>

#include "common/report/result.h"

namespace report {

/// What a terminal shows while a judge works, and at which moment.
struct ProgressView {
  bool colour = false;
  int width = 100;
  int lines = 24;  ///< On a terminal too low for all parts, one line has to do.
  int tick = 0;    ///< Counts up while time goes by; turns the wheel.
};

/// The progress of the judge of `lab`: a few lines, a mark for each check, the titles of those
/// that are running. Nothing is wider than the terminal, since a line that wraps cannot be redrawn.
std::string render_progress(const Assembler& assembler, const std::string& lab,
                            const ProgressView& view);

}  // namespace report
