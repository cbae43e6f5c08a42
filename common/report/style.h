#pragma once

#include <string>
#include <string_view>

namespace report {

/// What a piece of text is to its reader. Only the sixteen colours that every terminal lets its
/// user choose are used, and faint instead of grey, so that light and dark themes both stay
/// legible.
enum class Tone {
  plain,
  strong,   ///< Headings.
  dim,      ///< What may be skipped.
  good,     ///< Passed.
  bad,      ///< Failed.
  caution,  ///< To be noticed: a warning, the grader's own failure.
  place,    ///< A file and line.
  advice,   ///< What to read or to type next.
};

/// Colours text, or leaves it as it is.
class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}

  [[nodiscard]] std::string operator()(Tone tone, std::string_view text) const;

  /// The same, with what is between two backticks set off: names of functions and commands.
  [[nodiscard]] std::string with_code(Tone tone, std::string_view text) const;

  [[nodiscard]] bool colour() const { return colour_; }

 private:
  bool colour_;
};

/// A bar `width` columns wide, of which `score` of `max_score` is filled. It is full only when
/// nothing is missing, and empty only when nothing is there.
std::string bar(const Style& style, int score, int max_score, int width);

}  // namespace report
