#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Text on its way from a submission to a person: made harmless, measured in columns, and wrapped.
namespace report {

/// Whether a cleaned text may have several lines.
enum class Lines { keep, join };

/// `text` as valid UTF-8 that does nothing to a terminal.
///
/// What a student's program prints and what the compiler quotes end up here, and either may hold
/// escape sequences that recolour, rename or type into the terminal of the person who grades.
/// Control characters become their pictures (ESC is shown as U+241B); bytes that are not UTF-8, C1
/// controls and the characters that reverse the direction of writing become U+FFFD. Newlines and
/// tabs stay with `Lines::keep` ("\r\n" counts as a newline); with `Lines::join` they become
/// U+240A and a space.
std::string clean(std::string_view text, Lines lines = Lines::keep);

/// How many columns a terminal needs for one line of clean text.
int display_width(std::string_view text);

/// `text` and as many spaces as it lacks to be `width` columns wide.
std::string pad(std::string_view text, int width);

/// As much of `text` as fits into `width` columns; its last column is an ellipsis if some is left
/// out.
std::string clip(std::string_view text, int width);

/// The lines of `text` with tabs as spaces, and none wider than `width` columns: lines are broken
/// at spaces, and within a word only if it is too wide for a line of its own. What is carried over
/// is indented like the line it comes from, behind the mark if that is an item of a list.
std::vector<std::string> wrap(std::string_view text, int width);

/// `text` split at its newlines; a newline at the end opens no further line.
std::vector<std::string> split_lines(std::string_view text);

/// `text` with each tab replaced by the spaces up to the next multiple of four columns.
std::string expand_tabs(std::string_view text);

}  // namespace report
