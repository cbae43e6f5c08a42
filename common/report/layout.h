#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/report/style.h"

/// Lines of a report: a margin, text on the left, columns on the right.
namespace report {

/// Appends lines to a text, none of them wider than the terminal.
class Page {
 public:
  /// @param width  of the terminal; more than 100 columns are not used, fewer than 40 are not
  ///               enough for two columns and taken for 40.
  Page(bool colour, int width);

  [[nodiscard]] const Style& style() const { return style_; }

  /// Columns between the margins.
  [[nodiscard]] int width() const { return width_; }

  /// One line as it is, behind the margin. `text` may hold colours and must fit.
  void line(std::string_view text);
  void blank();

  /// `left` wrapped and `right` at the right edge of its first line, each in its tone; `indent`
  /// columns from the margin, behind `mark` (one column and a space) if there is one.
  struct Columns {
    int indent = 0;
    std::string mark{};
    Tone mark_tone = Tone::plain;
    std::string left{};
    Tone left_tone = Tone::plain;
    std::string right{};
    Tone right_tone = Tone::plain;
  };
  void columns(const Columns& columns);

  /// `text` wrapped, every line behind `prefix`, which may hold colours and is `prefix_width`
  /// columns wide.
  void paragraph(std::string_view prefix, int prefix_width, std::string_view text, Tone tone);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  Style style_;
  int width_;
  std::string text_;
};

}  // namespace report
