#include "common/report/layout.h"

#include <algorithm>
#include <utility>

#include "common/report/text.h"

namespace report {

namespace {

constexpr int margin = 2;
constexpr int widest = 100;
constexpr int narrowest = 40;
constexpr int right_width = 8;  // "17 of 20"
constexpr int gap_width = 2;

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(0, count)), ' ');
}

}  // namespace

Page::Page(bool colour, int width)
    : style_(colour), width_(std::clamp(width, narrowest, widest) - 2 * margin) {}

void Page::line(std::string_view text) { text_.append(margin, ' ').append(text).append("\n"); }

void Page::blank() { text_ += '\n'; }

void Page::columns(const Columns& columns) {
  std::string right;  // all that stands right of the text, in a fixed place
  int right_columns = 0;
  if (!columns.right.empty()) {
    right_columns = gap_width + std::max(right_width, display_width(columns.right));
    right = spaces(right_columns - display_width(columns.right)) +
            style_(columns.right_tone, columns.right);
  }

  const int mark_width = columns.mark.empty() ? 0 : 2;
  const int left_width = width_ - columns.indent - mark_width - right_columns;
  bool first = true;
  for (const std::string& piece : wrap(columns.left, left_width)) {
    const std::string text = style_(columns.left_tone, piece);
    if (!first) {
      line(spaces(columns.indent + mark_width) + text);
      continue;
    }
    first = false;
    const std::string mark =
        columns.mark.empty() ? "" : style_(columns.mark_tone, columns.mark) + ' ';
    line(spaces(columns.indent) + mark + text +
         (right.empty() ? "" : spaces(left_width - display_width(piece)) + right));
  }
}

void Page::paragraph(std::string_view prefix, int prefix_width, std::string_view text, Tone tone) {
  for (const std::string& piece : wrap(text, width_ - prefix_width)) {
    if (piece.empty()) {
      line(prefix.substr(0, prefix.find_last_not_of(' ') + 1));  // no spaces at a line's end
    } else {
      line(std::string(prefix) + style_.with_code(tone, piece));
    }
  }
}

}  // namespace report
